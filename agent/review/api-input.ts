// What the API takes from outside: every query and every body, read strictly. Pure.
import * as v from "valibot";
import { TRIGGERS } from "../../config/trigger.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import { REQUEST_KINDS } from "../consent/request-text.ts";
import { instant as isInstant } from "../spool/shape.ts";
import type { ClipQuery } from "./owner.ts";

/** The last millisecond a Date can tell. */
const LAST_MS = 8.64e15;

const bounded = (longest: number, shortest = 0) => v.pipe(v.string(), v.minLength(shortest), v.maxLength(longest));
const flag = v.pipe(
  v.picklist(["true", "false"]),
  v.transform((text) => text === "true"),
);
const counted = (least: number, most: number) =>
  v.optional(v.pipe(v.string(), v.regex(/^-?\d{1,16}$/), v.transform(Number), v.minValue(least), v.maxValue(most)));
const queriedTime = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^\d{1,16}$/),
    v.transform((text) => Number(text) as WallTime),
    v.maxValue(LAST_MS as WallTime),
  ),
);
const instant = v.pipe(
  v.union([
    v.pipe(v.custom<string>(isInstant, "an RFC 3339 time was expected"), v.transform(Date.parse)),
    v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(LAST_MS)),
  ]),
  v.transform((ms) => ms as WallTime),
);

/** `before` pages from clip to clip, `offset` within a day. Times are milliseconds. */
export const clipsQuery = v.pipe(
  v.object({
    before: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-z]{26}$/))),
    offset: counted(0, 1_000_000),
    limit: counted(1, 10_000),
    from: queriedTime,
    to: queriedTime,
    trigger: v.optional(v.picklist(TRIGGERS)),
    zone: v.optional(bounded(100)),
    pinned: v.optional(flag),
  }),
  v.transform(({ from, to, ...rest }): ClipQuery => {
    const query = { ...rest, beganFrom: from, beganBefore: to };
    return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
  }),
);

export const answerBody = v.strictObject({
  recipient: bounded(40),
  answer: v.picklist(["approved", "denied", "withdrawn"]),
});

export const ledgerQuery = v.object({
  after: counted(-1, Number.MAX_SAFE_INTEGER),
  limit: counted(1, 1_000),
  type: v.optional(bounded(40)),
  ref: v.optional(bounded(64)),
});

export const triggerBody = v.strictObject({ input: v.picklist(["pir", "button"]) });
export const pinBody = v.strictObject({ pinned: v.boolean() });
export const eraseBody = v.pipe(
  v.strictObject({ from: instant, to: instant }),
  v.check(({ from, to }) => from < to, "from must be before to"),
);
export const exportBody = v.strictObject({
  to: bounded(40),
  keys: v.pipe(v.array(bounded(3_000)), v.maxLength(20)),
  audio: v.optional(v.boolean(), false),
  purpose: v.optional(bounded(200)),
  request: v.optional(bounded(40)),
});
export const passwordBody = v.strictObject({ password: bounded(200) });
export const muteBody = v.strictObject({ from: bounded(80, 1), muted: v.boolean() });
export const closeBody = v.strictObject({
  state: v.picklist(["answered", "refused"]),
  answer: v.optional(bounded(800), ""),
});

/** A letter or a caller, written down by the owner. */
export const requestBody = v.pipe(
  v.strictObject({
    kind: v.picklist(REQUEST_KINDS),
    from: bounded(80, 1),
    why: v.optional(bounded(800), ""),
    contact: v.optional(bounded(200), ""),
    legal_basis: v.optional(bounded(200), ""),
    emergency: v.optional(v.boolean(), false),
    span: v.optional(v.strictObject({ from: instant, to: instant })),
    due: v.optional(instant),
  }),
  v.transform(({ legal_basis, span, due, ...rest }) => ({
    request: { ...rest, legalBasis: legal_basis, ...(span && { span }) },
    due,
  })),
);

/** Signing in: exactly one of the two. */
export const secretBody = v.union([
  v.strictObject({ password: bounded(200, 1) }),
  v.strictObject({ code: bounded(40, 1) }),
]);
