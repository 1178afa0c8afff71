// What each route answers: one map, of types alone. docs/reference/openapi.json is made of it, and answers are held to that.
import type { StoredRequest } from "../consent/requests.ts";
import type { ApiFailure } from "./api.ts";
import type { IssuedCode } from "./one-time-code.ts";
import type {
  ClipDetails,
  ClipView,
  DayCount,
  ErasedView,
  ExplainedClip,
  Outcome,
  PolicyView,
  ShareState,
  Status,
  WaitingClip,
} from "./owner.ts";

/** Who is signed in, and to what. */
export interface SessionView {
  readonly device: string;
  readonly timezone: string;
  readonly version: string;
  /** RFC 3339: signed out then, whatever is used until. */
  readonly expires: string;
}

/** Routes that answer JSON, or nothing: null is 204. The others answer what {@link ApiMedia} says. */
export interface ApiAnswers {
  "GET /api/status": Status;
  "GET /api/clips": { readonly clips: readonly ClipView[] };
  "GET /api/days": { readonly days: readonly DayCount[] };
  "GET /api/waiting": { readonly clips: readonly WaitingClip[] };
  "GET /api/clips/:id": ClipView;
  "GET /api/clips/:id/details": ClipDetails;
  "GET /api/clips/:id/explain": ExplainedClip;
  "POST /api/clips/:id/answers": ShareState;
  "POST /api/erase": ErasedView;
  "GET /api/policy": PolicyView;
  "GET /api/requests": { readonly requests: readonly StoredRequest[] };
  "POST /api/requests": StoredRequest;
  "POST /api/requests/:id/answer": StoredRequest;
  "GET /api/ledger/list": Outcome;
  "GET /api/ledger/verify": Outcome;
  "GET /api/ledger/key": Outcome;
  "GET /api/ledger/prove/:sequence": Outcome;
  "GET /api/ledger/report": Outcome & { readonly html: string };
  "POST /api/ledger/accept": Outcome;
  /** `ok`, or what went wrong, in words. */
  "POST /api/broker/selftest": { readonly outcome: string };
  "POST /api/review/code": IssuedCode;
  "GET /api/session": SessionView;
  "POST /api/clips/:id/pin": null;
  "DELETE /api/clips/:id": null;
  "POST /api/requests/mute": null;
  "POST /api/trigger": null;
  "POST /api/sharing/pause": null;
  "POST /api/sharing/resume": null;
  "PUT /api/review/password": null;
  "POST /api/session": null;
  "DELETE /api/session": null;
  /** Every refusal, of whatever route. */
  failure: ApiFailure;
}

/** Routes that answer something else than JSON, as its media type. */
export interface ApiMedia {
  "GET /metrics": "text/plain";
  "GET /api/events": "text/event-stream";
  "GET /api/live": "video/mp4";
  "GET /api/scene": "image/jpeg";
  "GET /api/clips/:id/media": "video/mp4";
  "GET /api/clips/:id/download": "video/mp4";
  "GET /api/clips/:id/storyboard": "image/jpeg";
  "GET /api/clips/:id/still": "image/jpeg";
  "GET /api/clips/:id/preview": "image/webp";
  "POST /api/clips/:id/exports": "application/age";
  "GET /api/ledger/export": "application/jsonl";
}
