// The claims of a receipt: a compact JWS (RFC 7515, EdDSA RFC 8037) that travels with every media disclosure. Pure.
// docs/spec/ledger.md is normative.

export interface ReceiptClaims {
  readonly v: 1;
  /** Device name. */
  readonly iss: string;
  /** Recipient name. */
  readonly sub: string;
  /** Disclosure id. */
  readonly jti: string;
  /** Seconds since 1970, as RFC 7519 has it. */
  readonly iat: number;
  readonly clip: {
    readonly id: string;
    readonly sha256: string;
    readonly started: string;
    readonly duration_s: number;
  };
  /** The bytes that are sent, exactly. */
  readonly sent: {
    readonly kind: "clip" | "still" | "preview";
    readonly type: "video/mp4" | "image/jpeg" | "image/webp";
    readonly encrypted: boolean;
    readonly audio: boolean;
    readonly bytes: number;
    readonly sha256: string;
  };
  readonly decision: {
    readonly effect: "permit";
    readonly reasons: readonly { readonly rule: string; readonly text: string }[];
  };
  /** SHA-256 of the normalised policy for this recipient alone. */
  readonly policy_sha256: string;
  /** The owner's authorisation of this disclosure. It is not the consent of the people in the picture. */
  readonly owner_authorisation: {
    readonly how: "policy" | "page" | "cli" | "mqtt_signed" | "home_assistant";
    readonly at: string;
  };
  readonly not_after: string;
  /** Inclusion in the recipient's own tree (RFC 6962 §2.1.1): nothing here counts anything but what this recipient was sent. */
  readonly log: {
    readonly origin: string;
    readonly index: number;
    readonly size: number;
    /** Base64. */
    readonly root: string;
    readonly proof: readonly string[];
    /** Base64 of the 16 bytes that open the leaf's commitment. */
    readonly salt: string;
  };
}
