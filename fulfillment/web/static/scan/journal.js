// What the device keeps: the pack of each wave, and the scans that the server does not have yet, in the order
// they were made. A scan and the work it changed are written together; the codes of a wave, which may be a
// megabyte, are written once.

const NAME = "fulfillment-scan";
const VERSION = 1;

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const committed = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });

function build(database) {
  // The key counts upwards: ids of their own would bring the scans back in any order.
  const scans = database.createObjectStore("scans", { keyPath: "sequence", autoIncrement: true });
  scans.createIndex("picker", "picker");
  database.createObjectStore("work", { keyPath: "key" });
  database.createObjectStore("books", { keyPath: "key" });
  database.createObjectStore("facts");
}

// Without https there is no crypto.randomUUID, but there are random bytes.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export class Journal {
  constructor(database) {
    this.database = database;
  }

  static async open() {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => build(request.result);
    return new Journal(await done(request));
  }

  store(name, mode = "readonly") {
    return this.database.transaction(name, mode).objectStore(name);
  }

  async fact(name, make) {
    const known = await done(this.store("facts").get(name));
    if (known !== undefined || make === undefined) {
      return known;
    }
    const made = make();
    await this.setFact(name, made);
    return made;
  }

  setFact(name, value) {
    return done(this.store("facts", "readwrite").put(value, name));
  }

  deviceId() {
    return this.fact("device", newId);
  }

  async readPack(picker, waveId) {
    const key = `${picker} ${waveId}`;
    const work = await done(this.store("work").get(key));
    const books = await done(this.store("books").get(key));
    return work && books ? { ...books.books, ...work.work } : null;
  }

  async savePack(picker, pack) {
    const transaction = this.database.transaction(["work", "books"], "readwrite");
    const { wave, tasks, picks, returned_to, ...books } = pack;
    const key = `${picker} ${wave.id}`;
    transaction.objectStore("work").put({ key, work: { wave, tasks, picks, returned_to } });
    transaction.objectStore("books").put({ key, books });
    await committed(transaction);
  }

  // The scan stands in the journal and the work is as the scan left it.
  async add(scan, { wave, tasks, picks, returned_to }) {
    const transaction = this.database.transaction(["scans", "work"], "readwrite");
    const key = `${scan.picker} ${wave.id}`;
    transaction.objectStore("scans").add(scan);
    transaction.objectStore("work").put({ key, work: { wave, tasks, picks, returned_to } });
    await committed(transaction);
  }

  async waiting(picker, limit) {
    const index = this.store("scans").index("picker");
    return done(index.getAll(IDBKeyRange.only(picker), limit));
  }

  async remove(sequences) {
    const transaction = this.database.transaction("scans", "readwrite");
    for (const sequence of sequences) {
      transaction.objectStore("scans").delete(sequence);
    }
    await committed(transaction);
  }

  count(picker) {
    return done(this.store("scans").index("picker").count(IDBKeyRange.only(picker)));
  }

  async countOthers(picker) {
    return (await done(this.store("scans").count())) - (await this.count(picker));
  }
}
