// Reads codes by the camera, with a decoder of our own because few browsers have one. Loaded when it is asked
// for: a megabyte that a phone with a scanner never needs.

const EVERY_MS = 150;
const SAME_CODE_MS = 2000;
const FORMATS = ["Code128", "EAN13", "EAN8", "UPCA", "UPCE", "ITF", "DataMatrix", "QRCode"];

async function loadReader(wasm) {
  const { prepareZXingModule, readBarcodes } = await import("../vendor/zxing/reader/index.js");
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return readBarcodes;
}

// Shows the camera in the dialog and hands every code to `onCode` until the dialog is closed.
export async function watch({ dialog, onCode, wasm, onProblem }) {
  const video = dialog.querySelector("video");
  let stream;
  let readBarcodes;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    readBarcodes = await loadReader(wasm);
  } catch (error) {
    stream?.getTracks().forEach((track) => track.stop());
    dialog.close();
    onProblem(error.message);
    return;
  }
  video.hidden = false;
  video.srcObject = stream;
  await video.play();
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const seen = { code: "", at: 0 };
  while (dialog.open) {
    context.drawImage(video, 0, 0);
    const picture = context.getImageData(0, 0, canvas.width, canvas.height);
    const [found] = await readBarcodes(picture, { formats: FORMATS, maxNumberOfSymbols: 1 });
    const code = found?.text ?? "";
    if (code && (code !== seen.code || performance.now() - seen.at > SAME_CODE_MS)) {
      Object.assign(seen, { code, at: performance.now() });
      onCode(code);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, EVERY_MS);
    });
  }
  stream.getTracks().forEach((track) => track.stop());
  video.srcObject = null;
  video.hidden = true;
}
