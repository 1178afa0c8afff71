// What the API takes from outside: every query and every body, read strictly. Pure.
import { z } from "zod";
import { TRIGGERS } from "../../config/trigger.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import { REQUEST_KINDS } from "../consent/request-text.ts";
import type { ClipQuery } from "./owner.ts";

const instant = z
  .union([z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)), z.int().min(0).max(8.64e15)])
  .transform((ms) => ms as WallTime);
const queried = z.coerce
  .number()
  .int()
  .min(0)
  .max(8.64e15)
  .transform((ms) => ms as WallTime);
const flag = z.enum(["true", "false"]).transform((text) => text === "true");
const clipId = z.string().regex(/^[0-9a-z]{26}$/);

/** `before` pages from clip to clip, `offset` within a day. Times are milliseconds. */
export const clipsQuery = z
  .object({
    before: clipId.optional(),
    offset: z.coerce.number().int().min(0).max(1_000_000).optional(),
    limit: z.coerce.number().int().min(1).max(10_000).optional(),
    from: queried.optional(),
    to: queried.optional(),
    trigger: z.enum(TRIGGERS).optional(),
    zone: z.string().max(100).optional(),
    pinned: flag.optional(),
  })
  .transform(({ from, to, ...rest }): ClipQuery => {
    const query = { ...rest, beganFrom: from, beganBefore: to };
    return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
  });

export const answerBody = z.strictObject({
  recipient: z.string().max(40),
  answer: z.enum(["approved", "denied", "withdrawn"]),
});

export const ledgerQuery = z.object({
  after: z.coerce.number().int().min(-1).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).optional(),
  type: z.string().max(40).optional(),
  ref: z.string().max(64).optional(),
});

export const triggerBody = z.strictObject({ input: z.enum(["pir", "button"]) });
export const pinBody = z.strictObject({ pinned: z.boolean() });
export const eraseBody = z
  .strictObject({ from: instant, to: instant })
  .refine(({ from, to }) => from < to, { message: "from must be before to" });
export const exportBody = z.strictObject({
  to: z.string().max(40),
  keys: z.array(z.string().max(3_000)).max(20),
  audio: z.boolean().default(false),
});
export const passwordBody = z.strictObject({ password: z.string().max(200) });
export const muteBody = z.strictObject({ from: z.string().min(1).max(80), muted: z.boolean() });
export const closeBody = z.strictObject({
  state: z.enum(["answered", "refused"]),
  answer: z.string().max(800).default(""),
});

const text = (longest: number) => z.string().max(longest).default("");
/** A letter or a caller, written down by the owner. */
export const requestBody = z
  .strictObject({
    kind: z.enum(REQUEST_KINDS),
    from: z.string().min(1).max(80),
    why: text(800),
    contact: text(200),
    legal_basis: text(200),
    emergency: z.boolean().default(false),
    span: z.strictObject({ from: instant, to: instant }).optional(),
    due: instant.optional(),
  })
  .transform(({ legal_basis, span, due, ...rest }) => ({
    request: { ...rest, legalBasis: legal_basis, ...(span && { span }) },
    due,
  }));

/** Signing in: exactly one of the two. */
export const secretBody = z.union([
  z.strictObject({ password: z.string().min(1).max(200) }),
  z.strictObject({ code: z.string().min(1).max(40) }),
]);
