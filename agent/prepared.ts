// Statements are compiled once a connection: a list of clips asks the same few questions thousands of times.
import type Database from "better-sqlite3";
import type { Sqlite } from "./sqlite.ts";

export class Prepared {
  readonly #db: Sqlite;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(db: Sqlite) {
    this.#db = db;
  }

  /** `sql` compiled, now or earlier. The same text must always be used in the same mode (pluck or not). */
  prepare<Bind extends unknown[] = unknown[], Row = unknown>(sql: string): Database.Statement<Bind, Row> {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement as unknown as Database.Statement<Bind, Row>;
  }
}
