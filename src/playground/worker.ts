/** The worker of the page: messages in, pictures out. All it does is in session.ts. */
import { browserCoreModule } from "../core/module.browser.ts";
import type { CaptureSource } from "./capture/inflate.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";
import { sampleCapture } from "./sample.ts";
import { Session } from "./session.ts";

/** The part of a worker's scope that is used; the types of the page have no such scope. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transferred: readonly Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;

/** Resolves once messages that are there have been taken: timers would wait 4 ms. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(null, []);
  });
}

function sourceOf(blob: Blob, name: string): CaptureSource {
  return { name, sizeBytes: blob.size, stream: () => blob.stream() };
}

async function startSession(): Promise<Session> {
  const module = await browserCoreModule();
  return new Session(module, {
    post: (message) => scope.postMessage(message, []),
    breathe,
    nowMs: () => performance.now(),
  });
}

const session = startSession();

function take(started: Session, message: ToWorker): void {
  if (message.kind === "ask") started.ask(message.ask);
  else if (message.kind === "load") void started.load(sourceOf(message.file, message.name));
  else void started.load(sourceOf(sampleCapture(message.preset), `sample ${message.preset}`));
}

scope.onmessage = ({ data }) => {
  session
    .then((started) => take(started, data))
    .catch((error: unknown) => {
      const line = `this browser cannot run the meter (WebAssembly with SIMD is needed): ${String(error)}`;
      scope.postMessage({ kind: "failed", line }, []);
    });
};
