// Identity files in age's own format: one secret key a line, comments with #. Read by `receive`, written by `keygen`.
import { readFile } from "node:fs/promises";
import { identityToRecipient } from "age-encryption";
import { AgentError } from "../error.ts";

/**
 * Every identity in the file.
 *
 * @throws AgentError IDENTITY_UNREADABLE when there is no such file, or a line is not an identity. Never says what the line holds.
 */
export async function readIdentities(file: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new AgentError("IDENTITY_UNREADABLE", file, cause);
  });
  const identities: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const identity = line.trim();
    if (identity === "" || identity.startsWith("#")) continue;
    const valid = await identityToRecipient(identity).then(
      () => true,
      () => false,
    );
    if (!valid) throw new AgentError("IDENTITY_UNREADABLE", `${file}, line ${index + 1}, is not an age identity`);
    identities.push(identity);
  }
  if (identities.length === 0) throw new AgentError("IDENTITY_UNREADABLE", `${file} holds no identity`);
  return identities;
}

/** An identity file's text: what `age-keygen -o` writes. `created` is RFC 3339. */
export const identityFile = (identity: string, publicKey: string, created: string): string =>
  `# created: ${created}\n# public key: ${publicKey}\n${identity}\n`;
