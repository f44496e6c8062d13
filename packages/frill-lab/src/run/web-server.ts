/** Small servers for machines and devices nearby. */
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { networkInterfaces } from 'node:os';
import { InputError } from 'frill-audio';

export interface RunningServer {
  readonly port: number;
  /** Ends what is being answered as well. */
  close(): Promise<void>;
}

/** Starts one; `port` 0 takes a free one. Throws InputError where the address cannot be served on. */
export async function startServer(
  handler: RequestListener,
  { host, port }: ServerAddress,
): Promise<RunningServer> {
  const server = createServer(handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new InputError({
          what:
            cause.code === 'EADDRINUSE'
              ? 'another program serves there'
              : `no server can be started there (${cause.message})`,
          where: `${host}:${port}`,
          remedy: 'Choose another address with --serve-on',
          cause,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `HOST:PORT`. Throws InputError for anything else. */
export function parseAddress(text: string): ServerAddress {
  const [, host, port] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (!host || Number(port) > 65535)
    throw new InputError({
      what: `'${text}' is no address to serve on`,
      where: '--serve-on',
      remedy: 'Write HOST:PORT; 0.0.0.0 as the host lets other machines in, port 0 takes a free one',
    });
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** Whether a server there is for this machine and others alike. */
export function isEveryAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** This machine's addresses in its networks, IPv4; those of private networks first. */
export function networkAddresses(): string[] {
  const all = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
  const isPrivate = (address: string) => /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
  return [...all.filter(isPrivate), ...all.filter((address) => !isPrivate(address))];
}

/** Answers with nothing but a status. */
export function endWith(response: ServerResponse, status: number): void {
  response.writeHead(status);
  response.end();
}

export function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
