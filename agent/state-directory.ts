// Where things are below the state directory (DESIGN §10).
import { join } from "node:path";

export interface StatePaths {
  readonly root: string;
  readonly clips: string;
  readonly stills: string;
  readonly catalogue: string;
  readonly ledger: string;
  readonly keys: string;
  readonly spool: string;
  /** The last accepted configuration, normalised. */
  readonly acceptedConfig: string;
  readonly controlSocket: string;
  readonly pageSocket: string;
  readonly doorSocket: string;
  /** The publisher's own: learned limits. */
  readonly publisher: string;
}

export function statePaths(root: string): StatePaths {
  return {
    root,
    clips: join(root, "vault", "clips"),
    stills: join(root, "vault", "stills"),
    catalogue: join(root, "vault", "catalogue.db"),
    ledger: join(root, "ledger", "ledger.db"),
    keys: join(root, "keys"),
    spool: join(root, "spool", "out"),
    acceptedConfig: join(root, "accepted.json"),
    controlSocket: join(root, "control.sock"),
    pageSocket: join(root, "page.sock"),
    doorSocket: join(root, "door.sock"),
    publisher: join(root, "publisher"),
  };
}
