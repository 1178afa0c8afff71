// Keys that people write although they do not exist, and what to say about each. Pure.
import type { ConfigErrorCode } from "./fault.ts";

interface Mistake {
  readonly table: RegExp;
  readonly key: RegExp;
  readonly code: ConfigErrorCode;
  readonly hint: string;
}

const MISTAKES: readonly Mistake[] = [
  {
    table: /^(mqtt|review)$/,
    key: /^(pass(word|wd|phrase)?|secret|token|setup_code)$/i,
    code: "CONFIG_SECRET_INLINE",
    hint: "write it into a file of its own and name that file in password_file",
  },
  {
    table: /^mqtt$/,
    key: /(insecure|verify|verification|reject_?unauthorized|skip|^tls$|^ssl$)/i,
    code: "CONFIG_TLS_UNAVOIDABLE",
    hint: "a certificate is always checked: mqtts:// turns TLS on, ca_file names whom to trust",
  },
  {
    table: /^mqtt$/,
    key: /^(host|hostname|server|broker|port|address)$/i,
    code: "CONFIG_KEY_UNKNOWN",
    hint: 'write the whole address: url = "mqtts://broker.lan:8883"',
  },
  {
    table: /^recipient$/,
    key: /^(private_?key|secret_?key|identity|identity_file)$/i,
    code: "CONFIG_SECRET_INLINE",
    hint: 'only the recipient holds the secret key: write the public one, key = "age1…"',
  },
  {
    table: /^(|sharing|recipient)$/,
    key: /^(emergency|override|police|force)(_.*)?$/i,
    code: "CONFIG_KEY_UNKNOWN",
    hint: "there is no override: what leaves is what a recipient is granted",
  },
];

/** What to say about a key that table `name` does not have, when it is one that people try. */
export const mistakeIn = (name: string, key: string): Mistake | undefined =>
  MISTAKES.find((mistake) => mistake.table.test(name) && mistake.key.test(key));

/** Whether the value of an unknown key may be a secret: then it is never shown. */
export const mayBeSecret = (key: string): boolean => /pass|secret|token|private|identity|setup_code/i.test(key);
