// The owner's room of the recorder: the desk, the API on control.sock, the page on page.sock. Both are Unix sockets; there is no other way in.
import type { Clock } from "../../drivers/clock/clock.ts";
import type { PictureDecoder } from "../../drivers/picture/picture.ts";
import type { Watch } from "../capture/watch.ts";
import type { Gate } from "../consent/gate.ts";
import { Requests } from "../consent/requests.ts";
import { AgentError } from "../error.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Verdict } from "../ledger/verify.ts";
import type { Service } from "../lifecycle.ts";
import type { PolicyState } from "../policy-file.ts";
import type { StatePaths } from "../state-directory.ts";
import type { VaultRoom } from "../vault-room.ts";
import type { ClipId } from "../vault/clip.ts";
import { ChangeFeed } from "./change-feed.ts";
import { Desk } from "./desk.ts";
import { ledgerDesk } from "./ledger-desk.ts";
import { LiveFeed } from "./live-feed.ts";
import type { Status } from "./owner.ts";
import { SignIn } from "./sign-in.ts";
import { SocketServer } from "./socket.ts";

export interface ReviewRoomOptions {
  readonly clock: Clock;
  readonly paths: StatePaths;
  readonly version: string;
  readonly configFile: string;
  readonly ledger: Ledger;
  readonly vault: VaultRoom;
  readonly pictures: PictureDecoder;
  readonly policy: () => PolicyState;
  readonly gate: () => Gate | undefined;
  readonly watch: () => Watch | undefined;
  readonly status: () => Status;
  readonly selfTest: () => Promise<string>;
  readonly verify: () => Promise<Verdict>;
  /** The owner has accepted what speaks against the ledger. */
  readonly accepted: () => Promise<void>;
}

export class ReviewRoom implements Service {
  readonly name = "review";
  readonly requests: Requests;
  readonly #signIn: SignIn;
  readonly #live: LiveFeed;
  readonly #changes: ChangeFeed;
  readonly #sockets: readonly SocketServer[];
  readonly #watch: () => Watch | undefined;

  constructor(options: ReviewRoomOptions) {
    const { clock, paths, ledger, vault, policy, watch, version } = options;
    this.#watch = watch;
    const config = (): PolicyState["config"] => policy().config;
    this.requests = new Requests(ledger, clock, () => config()?.requests.accept ?? false);
    this.#signIn = new SignIn({ clock, keys: paths.keys, ledger, passwordFile: () => config()?.review.passwordFile });
    this.#live = new LiveFeed(clock, () => watch()?.capture);
    this.#changes = new ChangeFeed(clock, () => this.#signIn.sweep());
    const desk = new Desk({
      ...options,
      catalogue: vault.catalogue,
      folders: paths,
      press: async (input) => {
        const eyes = watch();
        if (!eyes) throw new AgentError("NO_CONFIGURATION", "nothing is open");
        eyes.press(input);
      },
      removeClip: (id, why) => vault.remove(id, why),
      eraseSpan: (from, to) => vault.eraseSpan(from, to),
      ledgerDesk: ledgerDesk(ledger, options.verify, options.accepted),
      capture: () => watch()?.capture,
      still: async () => {
        const eyes = watch();
        if (!eyes) throw new AgentError("CAMERA_NOT_ASLEEP", "nothing is open");
        return eyes.still();
      },
      requests: this.requests,
      live: this.#live,
      changes: this.#changes,
      signIn: this.#signIn,
    });
    const about = (): { device: string; timezone: string; version: string } => {
      const device = config()?.device;
      return { device: device?.name ?? "unconfigured", timezone: device?.timezone ?? "UTC", version };
    };
    this.#sockets = [
      new SocketServer({
        name: "control",
        path: paths.controlSocket,
        mode: 0o660,
        group: "doorstep-owner",
        answer: async () => (await import("./api.ts")).ownerApi(desk, "cli").fetch,
      }),
      new SocketServer({
        name: "page",
        path: paths.pageSocket,
        mode: 0o660,
        group: "doorstep-page",
        answer: async () =>
          (await import("./page-app.ts")).pageApp({
            owner: desk,
            signIn: this.#signIn,
            lan: () => config()?.review.lan ?? false,
            about,
          }).fetch,
      }),
    ];
    ledger.onEntry((what, ref) => this.#changes.note({ what, ref }));
  }

  /** @throws AgentError SOCKET_PATH_TOO_LONG or SOCKET_NOT_OPENED. */
  async start(): Promise<void> {
    await this.#signIn.start();
    for (const socket of this.#sockets) await socket.start();
  }

  async stop(): Promise<void> {
    this.#live.end();
    for (const socket of this.#sockets) await socket.stop();
  }

  /** The clip has its storyboard, still and preview. */
  picturesMade(id: ClipId): void {
    this.#changes.note({ what: "clip.pictures", ref: id });
  }

  /** The camera, the microphone, the broker or the recording has changed. */
  statusChanged(): void {
    this.#changes.note({ what: "status", ref: "" });
    if (this.#watch()?.capture.newestKey() === undefined) this.#live.end();
  }
}
