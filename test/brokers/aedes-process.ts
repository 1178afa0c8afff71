// aedes on the port it is given, with the users porch, anna and ha. Everything is in memory and gone with the process.
import { createServer } from "node:net";
import { Aedes } from "aedes";

const PASSWORD = "secret";
const RIGHTS: Readonly<Record<string, { readonly write: RegExp; readonly read: RegExp }>> = {
  porch: { write: /^(doorstep|homeassistant\/device)\/porch\//, read: /^(doorstep\/porch\/|homeassistant\/status$)/ },
  anna: { write: /^doorstep\/[^/]+\/anna\/(ack|command)$/, read: /^doorstep\/[^/]+\/(anna\/|status$)/ },
  ha: {
    write: /^(homeassistant\/|doorstep\/[^/]+\/ha\/(ack|command)$)/,
    read: /^(homeassistant\/|doorstep\/[^/]+\/(ha\/|status$))/,
  },
};
/** Client ids by user, as they were let in. */
const users = new Map<string, string>();

const broker = await Aedes.createBroker({
  authenticate: (client, username, password, done) => {
    const isKnown = username !== undefined && Object.hasOwn(RIGHTS, username) && password?.toString() === PASSWORD;
    if (isKnown) users.set(client.id, username);
    done(isKnown ? null : Object.assign(new Error("bad user name or password"), { returnCode: 4 as const }), isKnown);
  },
  authorizePublish: (client, { topic }, done) => {
    const rights = RIGHTS[users.get(client?.id ?? "") ?? ""];
    done(rights?.write.test(topic) ? null : new Error("not authorised"));
  },
  authorizeForward: ({ id }, packet) => (RIGHTS[users.get(id) ?? ""]?.read.test(packet.topic) ? packet : null),
});
createServer(broker.handle).listen(Number(process.argv[2]), "127.0.0.1", () => process.stdout.write("listening\n"));
