// Brings the journal to the server, in its order, and fetches packs. Nothing a person does waits for it.

const BATCH = 50;
const PATIENCE_MS = 15000;
const RETRY_MS = [1000, 2000, 4000, 8000, 15000];

export class SignedOut extends Error {}
export class Unreachable extends Error {}

export class Sync {
  // `told` has: onAnswer(scan, answer), onRefused(scan, why), onState(state, waiting), onIdentity(identity).
  constructor(journal, identity, urls, told) {
    this.journal = journal;
    this.identity = identity;
    this.urls = urls;
    this.told = told;
    this.failures = 0;
    this.flushing = null;
    this.isWanted = false;
    this.deviceId = "";
    window.addEventListener("online", () => this.flush());
    window.addEventListener("offline", () => this.report("offline"));
  }

  async call(method, url, body) {
    if (!navigator.onLine) {
      throw new Unreachable("offline");
    }
    let answer;
    try {
      answer = await fetch(url, {
        method,
        body: body === undefined ? undefined : JSON.stringify(body),
        headers: {
          Accept: "application/json",
          "Content-Type": "application/json",
          "X-CSRF-Token": this.identity?.csrf ?? "",
        },
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch (error) {
      throw new Unreachable(String(error));
    }
    if (answer.status === 401 || answer.type === "opaqueredirect") {
      throw new SignedOut();
    }
    if (answer.status >= 500 || answer.status === 429) {
      throw new Unreachable(`status ${answer.status}`);
    }
    return { status: answer.status, body: await answer.json() };
  }

  // A page that was kept offline knows an old token; the first refusal fetches the new one.
  async callWithKey(method, url, body) {
    if (!this.identity?.csrf) {
      await this.identify();
    }
    const answer = await this.call(method, url, body);
    if (answer.status !== 403) {
      return answer;
    }
    await this.identify();
    return this.call(method, url, body);
  }

  async identify() {
    const { body } = await this.call("GET", this.urls.key);
    if (!body.picker) {
      throw new SignedOut();
    }
    this.identity = body;
    await this.told.onIdentity(body);
  }

  async fetchPack() {
    const { status, body } = await this.callWithKey("POST", this.urls.tasks, {});
    if (status !== 200) {
      throw new Error(body.detail);
    }
    return body;
  }

  // Sends all that waits; whoever calls while it runs makes it look again.
  flush() {
    this.isWanted = true;
    this.flushing ??= this.run().finally(() => {
      this.flushing = null;
      if (this.isWanted) {
        this.flush();
      }
    });
    return this.flushing;
  }

  async run() {
    this.isWanted = false;
    clearTimeout(this.timer);
    try {
      if (!this.identity?.csrf) {
        await this.identify();
      }
      const picker = this.identity.picker;
      for (;;) {
        const scans = await this.journal.waiting(picker, BATCH);
        if (!scans.length) {
          break;
        }
        await this.report("sending");
        await this.send(scans);
      }
      this.failures = 0;
      await this.report("online");
      return true;
    } catch (error) {
      if (error instanceof SignedOut) {
        await this.report("signed_out");
        return false;
      }
      if (!(error instanceof Unreachable)) {
        throw error;
      }
      await this.report("offline");
      const pause = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
      this.failures += 1;
      this.timer = setTimeout(() => this.flush(), pause);
      return false;
    }
  }

  async send(scans) {
    const wishes = scans.map((scan) => ({
      scan_id: scan.scan_id,
      wave_id: scan.wave_id,
      code: scan.code,
      qty: scan.qty,
      task_id: scan.task_id,
      device_id: this.deviceId,
      device_sequence: scan.sequence,
      scanned_at: scan.scanned_at,
    }));
    const { status, body } = await this.callWithKey("POST", this.urls.scans, { scans: wishes });
    if (status !== 200) {
      // The server cannot read it, and will not the next time either: told, not kept for ever.
      await this.journal.remove(scans.map((scan) => scan.sequence));
      scans.forEach((scan) => this.told.onRefused(scan, body.detail));
      return;
    }
    await this.journal.remove(scans.map((scan) => scan.sequence));
    const answers = new Map(body.answers.map((answer) => [answer.scan_id, answer]));
    for (const scan of scans) {
      const answer = answers.get(scan.scan_id);
      if (answer.refusal) {
        this.told.onRefused(scan, answer.refusal.message);
      } else {
        this.told.onAnswer(scan, answer);
      }
    }
  }

  async report(state) {
    const waiting = this.identity ? await this.journal.count(this.identity.picker) : 0;
    this.told.onState(state, waiting);
  }
}
