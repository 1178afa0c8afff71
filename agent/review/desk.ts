// The owner's desk: what an owner can see and do, over the rooms of the recorder. Decides nothing itself.
import { readFile } from "node:fs/promises";
import type { Config } from "../../config/config.ts";
import type { Clock, WallTime } from "../../drivers/clock/clock.ts";
import type { PictureDecoder } from "../../drivers/picture/picture.ts";
import type { Capture } from "../capture/capture.ts";
import type { OwnerAnswer } from "../consent/decision.ts";
import type { Gate } from "../consent/gate.ts";
import type { HandedOver, HandOverWish } from "../consent/hand-over.ts";
import type { RequestText } from "../consent/request-text.ts";
import type { Requests, StoredRequest } from "../consent/requests.ts";
import { AgentError } from "../error.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { PolicyState } from "../policy-file.ts";
import type { PictureKind } from "../spool/disclosure.ts";
import type { Catalogue } from "../vault/catalogue.ts";
import type { ClipId } from "../vault/clip.ts";
import { clipFile, pictureFiles, type VaultFolders } from "../vault/clip-file.ts";
import type { ErasedSpan } from "../vault/erasure.ts";
import { verifyClip } from "../vault/integrity.ts";
import { stillFromCamera, stillFromKey } from "../vault/storyboard.ts";
import type { ChangeFeed } from "./change-feed.ts";
import { ClipViews } from "./clip-views.ts";
import type { LiveFeed, LiveStream } from "./live-feed.ts";
import { metricsText } from "./metrics.ts";
import type { IssuedCode } from "./one-time-code.ts";
import type {
  Channel,
  ClipDetails,
  ClipQuery,
  ClipView,
  DayCount,
  ErasedView,
  ExplainedClip,
  LedgerDesk,
  Owner,
  PolicyView,
  ShareState,
  Status,
  WaitingClip,
} from "./owner.ts";
import type { SignIn } from "./sign-in.ts";
import { Viewings } from "./viewings.ts";

export interface DeskOptions {
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly folders: VaultFolders;
  readonly ledger: Ledger;
  /** Absent while no configuration has ever been accepted: nothing is shared, and nothing waits. */
  readonly gate: () => Gate | undefined;
  readonly status: () => Status;
  /** Presses a simulated input. @throws AgentError INPUT_NOT_SIMULATED. */
  readonly press: (input: "pir" | "button") => Promise<void>;
  /** See {@link Owner.selfTest}. */
  readonly selfTest: () => Promise<string>;
  readonly removeClip: (id: ClipId, why: "owner") => Promise<void>;
  readonly eraseSpan: (from: WallTime, to: WallTime) => Promise<ErasedSpan>;
  readonly ledgerDesk: LedgerDesk;
  readonly configFile: string;
  readonly policy: () => PolicyState;
  readonly capture: () => Capture | undefined;
  /** A picture of this moment while the camera sleeps. @throws AgentError CAMERA_NOT_ASLEEP, DriverError CAMERA_… or LIGHT_…. */
  readonly still: () => Promise<Uint8Array>;
  readonly pictures: PictureDecoder;
  readonly requests: Requests;
  readonly live: LiveFeed;
  readonly changes: ChangeFeed;
  readonly signIn: SignIn;
}

export class Desk implements Owner {
  readonly #options: DeskOptions;
  readonly #views: ClipViews;
  readonly #viewings: Viewings;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#viewings = new Viewings(options.clock);
    this.#views = new ClipViews({ ...options, timezone: () => this.#config()?.device.timezone ?? "UTC" });
  }

  status(): Status {
    return this.#options.status();
  }

  clips(query?: ClipQuery): readonly ClipView[] {
    return this.#views.list(query);
  }

  clip(id: ClipId): ClipView {
    return this.#views.get(id);
  }

  details(id: ClipId): ClipDetails {
    return this.#views.details(id);
  }

  days(query: ClipQuery): readonly DayCount[] {
    return this.#views.days(query);
  }

  waiting(): readonly WaitingClip[] {
    return this.#views.waiting();
  }

  play(id: ClipId, channel: Channel): Promise<string> {
    return this.#look(id, "played", channel);
  }

  download(id: ClipId, channel: Channel): Promise<string> {
    return this.#look(id, "downloaded", channel);
  }

  storyboard(id: ClipId, channel: Channel): string {
    const file = this.#pictures(id).storyboard;
    if (this.#viewings.begins(`storyboard ${id} ${channel}`))
      this.#options.ledger.append("viewing", id, { what: "storyboard", via: channel });
    return file;
  }

  picture(id: ClipId, kind: PictureKind): string {
    return this.#pictures(id)[kind];
  }

  pin(id: ClipId, pinned: boolean): void {
    this.#options.catalogue.pin(id, pinned);
    this.#options.changes.note({ what: "clip.pinned", ref: id });
  }

  async answer(id: ClipId, recipient: string, answer: OwnerAnswer["answer"], channel: Channel): Promise<ShareState> {
    try {
      return await this.#gate().answer(id, recipient, answer, channel);
    } catch (error) {
      // Sets the clip aside: what is not the recording any more is never asked about again.
      if (error instanceof AgentError && error.code === "CLIP_ALTERED")
        await verifyClip(this.#options.catalogue, this.#options.folders, id).catch(() => {});
      throw error;
    }
  }

  async remove(id: ClipId): Promise<void> {
    this.#options.catalogue.get(id);
    await this.#options.removeClip(id, "owner");
  }

  async erase(from: WallTime, to: WallTime): Promise<ErasedView> {
    const { catalogue, eraseSpan, gate } = this.#options;
    // Asked before: afterwards the ledger's details, too, are gone.
    const had = new Map(catalogue.byTime(from, to).map(({ id }) => [id, gate()?.hadReceived(id) ?? []]));
    const { removed, recording, doubtful } = await eraseSpan(from, to);
    const clips = removed.map(({ clip }) => clip);
    const received = clips.map((id) => [id, had.get(id) ?? []] as const).filter(([, names]) => names.length);
    return { removed: clips, received: Object.fromEntries(received), recording, doubtful };
  }

  explain(id: ClipId, recipient: string): ExplainedClip {
    const gate = this.#gate();
    const stands = gate.shares(id).find((share) => share.recipient === recipient);
    return { ...gate.explain(id, recipient), ...(stands && { stands }) };
  }

  handOver(id: ClipId, wish: HandOverWish): Promise<HandedOver> {
    return this.#gate().handOver(id, wish);
  }

  get ledger(): LedgerDesk {
    return this.#options.ledgerDesk;
  }

  live(channel: Channel, ended?: AbortSignal): LiveStream {
    const { live, ledger } = this.#options;
    const stream = live.watch(ended);
    try {
      ledger.append("viewing", "", { what: "live", via: channel });
    } catch (error) {
      void stream.body.cancel();
      throw error;
    }
    return stream;
  }

  async scene(channel: Channel): Promise<Uint8Array> {
    const { capture, pictures, catalogue, folders } = this.#options;
    const key = capture()?.newestKey();
    if (key) {
      const still = await stillFromKey(key.data, pictures);
      if (this.#viewings.begins(`scene ${channel}`))
        this.#options.ledger.append("viewing", "", { what: "live", via: channel });
      return still;
    }
    const asleep = await this.#options.still().catch((error: unknown) => {
      // Masked, or not asleep but shut: the newest clip shows the place.
      const code = (error as { code?: unknown }).code;
      if (code === "CAMERA_STILL_MASKED" || code === "CAMERA_NOT_ASLEEP") return undefined;
      throw error;
    });
    if (asleep) {
      this.#options.ledger.append("viewing", "", { what: "live", via: channel });
      return stillFromCamera(asleep);
    }
    const last = catalogue
      .list({ states: ["ready"], limit: 20 })
      .find(({ id }) => catalogue.pictures(id)?.state === "made");
    if (!last) throw new AgentError("STORYBOARD_NOT_FOUND", "the camera is closed, and there is no clip yet");
    return readFile(pictureFiles(folders, last.id).still);
  }

  changes(ended?: AbortSignal): ReadableStream<Uint8Array> {
    return this.#options.changes.stream(ended);
  }

  async policy(): Promise<PolicyView> {
    const { configFile, policy } = this.#options;
    const { config, digest, faults, pendingWidening } = policy();
    const text = await readFile(configFile, "utf8").catch(() => "");
    return { file: configFile, digest, text, ...(config && { config }), faults, pendingWidening };
  }

  requests(muted: boolean): readonly StoredRequest[] {
    return this.#options.requests.list({ muted });
  }

  addRequest(request: RequestText, due?: WallTime): StoredRequest {
    return this.#options.requests.add(request, due);
  }

  closeRequest(id: string, state: "answered" | "refused", answer: string): StoredRequest {
    return this.#options.requests.close(id, state, answer);
  }

  muteRequester(name: string, muted: boolean): void {
    const { requests } = this.#options;
    if (muted) requests.mute(name);
    else requests.unmute(name);
  }

  metrics(): string {
    const { ledger, capture, live } = this.#options;
    return metricsText({
      status: this.status(),
      ledgerEntries: ledger.size,
      preRollBytes: capture()?.preRoll.bytes ?? 0,
      residentBytes: process.memoryUsage.rss(),
      liveViewers: live.viewers,
    });
  }

  issueCode(): IssuedCode {
    return this.#options.signIn.issueCode();
  }

  async setPassword(password: string): Promise<void> {
    await this.#options.signIn.setPassword(password);
  }

  async pause(channel: Channel): Promise<void> {
    await this.#gate().pause("", channel);
  }

  async resume(channel: Channel): Promise<void> {
    await this.#gate().resume(channel);
  }

  trigger(input: "pir" | "button"): Promise<void> {
    return this.#options.press(input);
  }

  selfTest(): Promise<string> {
    return this.#options.selfTest();
  }

  /** The hash is checked, and the look written down, once for all the pieces a player asks for. */
  async #look(id: ClipId, what: "played" | "downloaded", channel: Channel): Promise<string> {
    const { catalogue, folders, ledger } = this.#options;
    const look = `${what} ${id} ${channel}`;
    if (this.#viewings.goesOn(look) && catalogue.get(id).state === "ready") {
      this.#viewings.begins(look);
      return clipFile(folders, id);
    }
    const file = await verifyClip(catalogue, folders, id);
    if (this.#viewings.begins(look)) ledger.append("viewing", id, { what, via: channel });
    return file;
  }

  #pictures(id: ClipId): ReturnType<typeof pictureFiles> {
    const { catalogue, folders } = this.#options;
    const pictures = catalogue.pictures(catalogue.get(id).id);
    if (pictures?.state !== "made")
      throw new AgentError("STORYBOARD_NOT_FOUND", pictures?.reason ?? `${id} has none yet`);
    return pictureFiles(folders, id);
  }

  #config(): Config | undefined {
    return this.#options.policy().config;
  }

  #gate(): Gate {
    const gate = this.#options.gate();
    if (!gate) throw new AgentError("NO_CONFIGURATION", "no configuration has been accepted yet");
    return gate;
  }
}
