// The page's application over an owner that notes what it is asked, with a real sign-in in a folder of its own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { AgentError } from "../../../agent/error.ts";
import type { Owner } from "../../../agent/review/owner.ts";
import { pageApp } from "../../../agent/review/page-app.ts";
import { SignIn } from "../../../agent/review/sign-in.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";

export const ABOUT = { device: "porch", timezone: "UTC", version: "0" };
export const HOST = "porch.local:8470";

export interface Written {
  readonly outcome: string;
  readonly from: string;
}

/** Headers of a request that the page itself makes. */
export const OWN: Readonly<Record<string, string>> = {
  host: HOST,
  origin: `http://${HOST}`,
  "x-doorstep": "1",
  "sec-fetch-site": "same-origin",
  "content-type": "application/json",
};

export interface PageRig {
  readonly clock: SimulatedClock;
  readonly folder: string;
  /** What the ledger was told of signing in. */
  readonly signIns: Written[];
  /** What the owner was asked, method by method. */
  readonly asked: string[];
  signIn: SignIn;
  passwordFile: string | undefined;
  /** `review.lan`; true unless a test says otherwise. */
  lan: boolean;
  /** The agent starts again. */
  restart(): Promise<void>;
  ask(method: string, path: string, headers?: Readonly<Record<string, string>>, body?: string): Promise<Response>;
  /** Signs in with a fresh code and returns the cookie. */
  cookie(): Promise<string>;
}

export async function pageRig(): Promise<PageRig> {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clock = new SimulatedClock();
  const signIns: Written[] = [];
  const asked: string[] = [];
  const open = (): SignIn =>
    new SignIn({
      clock,
      keys: folder,
      ledger: {
        append: (_type: string, _ref: string, details: unknown) => void signIns.push(details as Written),
      } as never,
      passwordFile: () => rig.passwordFile,
    });
  let app: ReturnType<typeof pageApp> | undefined;
  const rig: PageRig = {
    clock,
    folder,
    signIns,
    asked,
    signIn: open(),
    passwordFile: undefined,
    lan: true,
    async restart() {
      app = undefined;
      rig.signIn = open();
      await rig.signIn.start();
    },
    async ask(method, path, headers = OWN, body) {
      app ??= pageApp({ owner: curious(asked), signIn: rig.signIn, lan: () => rig.lan, about: () => ABOUT });
      return app.fetch(
        new Request(`http://${headers["host"] ?? HOST}${path}`, {
          method,
          headers,
          ...(body !== undefined && { body }),
        }),
      );
    },
    async cookie() {
      const { code } = rig.signIn.issueCode();
      const response = await rig.ask("POST", "/api/session", OWN, JSON.stringify({ code }));
      return response.headers.get("set-cookie")!.split(";")[0]!;
    },
  };
  await rig.signIn.start();
  return rig;
}

/** Notes every question and refuses it. */
const curious = (asked: string[]): Owner =>
  new Proxy({} as Owner, {
    get: (_, name) => {
      const refuse = (): never => {
        asked.push(String(name));
        throw new AgentError("CLIP_NOT_FOUND", String(name));
      };
      return name === "ledger" ? new Proxy({}, { get: () => refuse }) : refuse;
    },
  });
