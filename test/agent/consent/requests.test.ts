// Third parties may write; the owner reads. What they write is bounded, made harmless, and decides nothing.
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hours, rfc3339 } from "../../../drivers/clock/clock.ts";
import { Requests, REQUESTS_AN_HOUR, REQUESTS_OPEN } from "../../../agent/consent/requests.ts";
import { comparedName, mixesAlphabets, readRequest, type RequestText } from "../../../agent/consent/request-text.ts";
import { config, opened, recipient } from "./rig.ts";
import type { Rig } from "./rig.ts";

const letter = {
  v: 1,
  kind: "disclosure",
  from: "Sgt. Brown, Northside Police",
  why: "a theft in your street",
  legal_basis: "PACE 1984",
  span: { from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z" },
  emergency: true,
};
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const VECTORS = JSON.parse(readFileSync(new URL("../../vectors/requests.json", import.meta.url), "utf8")) as {
  readonly vectors: readonly {
    readonly name: string;
    readonly payload: string;
    readonly pad_to?: number;
    readonly request: object | null;
  }[];
  readonly names: readonly { readonly one: string; readonly other: string; readonly same: boolean }[];
};

function asVector(read: RequestText | undefined): object | null {
  if (!read) return null;
  const { legalBasis, span, ...rest } = read;
  return { ...rest, legal_basis: legalBasis, span: span ? { from: rfc3339(span.from), to: rfc3339(span.to) } : null };
}

async function desk(accept = true): Promise<{ rig: Rig; requests: Requests }> {
  const rig = await opened(config([recipient("anna")]));
  return { rig, requests: new Requests(rig.ledger, rig.clock, () => accept) };
}

describe("a request over MQTT", () => {
  test("is kept as it was written, with its emergency for the owner to see, and is in the ledger", async () => {
    const { rig, requests } = await desk();

    requests.receive(bytes(letter));

    expect(requests.list()).toMatchObject([
      { kind: "disclosure", from: letter.from, why: letter.why, emergency: true, source: "mqtt", state: "open" },
    ]);
    expect(rig.entries("request")[0]?.details).toEqual({
      kind: "disclosure",
      from: letter.from,
      emergency: true,
      span: "2026-11-20T00:00:00.000Z/2026-11-21T00:00:00.000Z",
    });
  });

  test("is dropped without a trace while requests are not accepted (§10.3.1)", async () => {
    const { rig, requests } = await desk(false);

    requests.receive(bytes(letter));

    expect([requests.list(), rig.entries("request")]).toEqual([[], []]);
  });

  test("changes no clip's state, whatever it claims to be (§10.3.4)", async () => {
    const { rig, requests } = await desk();
    const clip = rig.clip();
    await rig.gate.consider(clip);
    const [shares, door, out] = [rig.shares(clip), rig.said.length, rig.names("new")];

    for (const emergency of [true, false]) requests.receive(bytes({ ...letter, emergency }));

    expect([rig.shares(clip), rig.said.length, rig.names("new")]).toEqual([shares, door, out]);
  });

  test("is one of six an hour, a thousand a second or not, and the next hour has room again (§10.3.3)", async () => {
    const { rig, requests } = await desk();

    for (let n = 0; n < 1000; n++) requests.receive(bytes({ ...letter, from: `caller ${n}` }));
    expect(requests.list()).toHaveLength(REQUESTS_AN_HOUR);
    await rig.clock.advance(hours(1));
    requests.receive(bytes(letter));

    expect(requests.list()).toHaveLength(REQUESTS_AN_HOUR + 1);
  });

  test("is not kept beside two hundred that nobody has decided, until one is (§10.3.3)", async () => {
    const { rig, requests } = await desk();
    for (let n = 0; n < REQUESTS_OPEN; n++) {
      if (n % REQUESTS_AN_HOUR === 0)
        rig.clock.step(new Date(Date.parse("2026-11-22T12:00:00Z") + n * 3_700_000).toISOString());
      requests.receive(bytes(letter));
    }
    rig.clock.step("2027-11-22T12:00:00Z");
    requests.receive(bytes(letter));
    expect(requests.list()).toHaveLength(REQUESTS_OPEN);

    requests.close(requests.list()[0]!.id, "refused", "");
    requests.receive(bytes(letter));

    expect(requests.list()).toHaveLength(REQUESTS_OPEN + 1);
  });

  test("of a muted requester is dropped, however the name is spelled, until the owner listens again (§10.3.3)", async () => {
    const { rig, requests } = await desk();
    requests.receive(bytes({ ...letter, from: "Insurer" }));
    requests.mute("insurer");
    requests.mute("INSURER");

    for (const from of ["INSURER", " in-surer ", "Іnsurеr", "ｉｎｓｕｒｅｒ", "Ínsurer"])
      requests.receive(bytes({ ...letter, from }));
    expect([requests.list(), requests.list({ muted: true }).length]).toEqual([[], 1]);
    requests.unmute("Insurer");
    requests.unmute("Insurer");
    requests.receive(bytes({ ...letter, from: "Insurer" }));

    expect(requests.list()).toHaveLength(2);
    const written = (["request.muted", "request.unmuted"] as const).map((type) => rig.entries(type));
    expect(written.map((entries) => entries.map(({ details }) => details))).toEqual([
      [{ from: "insurer" }],
      [{ from: "Insurer" }],
    ]);
  });

  for (const { name, payload, pad_to = 0, request } of VECTORS.vectors)
    test(`${name} (§10.3.2)`, () => {
      expect(asVector(readRequest(Buffer.from(payload.padEnd(pad_to))))).toEqual(request);
    });

  test.each(VECTORS.names)("one requester or two: %o (§10.3.3)", ({ one, other, same }) => {
    expect(comparedName(one) === comparedName(other)).toBe(same);
  });

  test.each([
    ["of 10 MB", Buffer.alloc(10_000_000, 0x20)],
    ["that is not UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
  ])("%s is dropped", async (_, payload) => {
    const { requests } = await desk();

    requests.receive(payload);

    expect(requests.list()).toEqual([]);
  });

  test("from a name in two alphabets is marked for the owner (§10.3.3)", async () => {
    const { requests } = await desk();

    requests.receive(bytes({ ...letter, from: "Pоlice" }));

    expect(requests.list()[0]?.suspicious).toBe(true);
    expect([mixesAlphabets("Полиция"), mixesAlphabets("Police"), mixesAlphabets("Αστυνομία")]).toEqual([
      false,
      false,
      false,
    ]);
  });

  test("made of any bytes or any JSON at all never fails, and stays within its bounds (§10.3.2)", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 2100 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (payload) => {
          readRequest(payload);
        },
      ),
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (from) => {
        const read = readRequest(bytes({ ...letter, from }));
        expect(/[\p{Cc}\p{Cf}]/u.test(read?.from ?? "")).toBe(false);
        comparedName(from);
      }),
    );
  });
});

describe("a letter or a caller, written down by the owner", () => {
  test("has a due date, a month away where the law gives a month", async () => {
    const { requests } = await desk(false);
    const plain = { from: "Mme Petit", why: "my own image", contact: "", legalBasis: "GDPR 15", emergency: false };

    const access = requests.add({ ...plain, kind: "access" });
    const police = requests.add({ ...plain, kind: "disclosure" });

    expect([access.dueAt, police.dueAt]).toEqual([Date.parse("2026-12-22T12:00:00Z"), undefined]);
    expect(access.source).toBe("owner");
  });

  test("is answered in the owner's words, which are in the ledger, and nothing is sent", async () => {
    const { rig, requests } = await desk(false);
    const plain = { from: "Mme Petit", why: "", contact: "", legalBasis: "", emergency: false };
    const { id } = requests.add({ ...plain, kind: "erasure" });
    const out = rig.names("new");

    const closed = requests.close(id, "answered", "deleted on 22 November");

    expect(closed).toMatchObject({ state: "answered", answer: "deleted on 22 November" });
    expect(rig.entries("request.answered")[0]?.details).toEqual({ answer: "answered: deleted on 22 November" });
    expect(rig.names("new")).toEqual(out);
  });

  test("that does not exist cannot be answered", async () => {
    const { requests } = await desk();

    expect(() => requests.close("01nothing", "refused", "")).toThrow(/REQUEST_NOT_FOUND/);
  });
});
