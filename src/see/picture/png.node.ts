/** SVG to PNG through resvg, which is not a dependency: whoever wants pictures of pixels installs it. */
import { ConfigError } from "../../errors.ts";
import { onLightGround } from "./style.ts";

const PACKAGE = "@resvg/resvg-js";
/** Pixels a unit of the picture: sharp on paper and on dense screens. */
const SCALE = 2;
const FONTS = ["DejaVu Sans", "Liberation Sans", "Noto Sans", "Arial", "Helvetica"];

type Resvg = typeof import("@resvg/resvg-js");

async function loaded(output: string): Promise<Resvg> {
  try {
    return await import("@resvg/resvg-js");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    const detail = `PNG needs the package ${PACKAGE}; run npm install ${PACKAGE}, or write an .svg`;
    throw new ConfigError("FILE", "output", output, detail);
  }
}

/** The picture on a light ground. Throws ConfigError when the package, or every font, is missing. */
export async function pngOf(svg: string, output: string): Promise<Uint8Array> {
  const { Resvg: Renderer } = await loaded(output);
  const [defaultFontFamily] = FONTS;
  const options = { font: { loadSystemFonts: true, defaultFontFamily: defaultFontFamily! } };
  const probe = new Renderer(
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9">w</text></svg>',
    options,
  );
  if (probe.getBBox() === undefined) {
    const detail =
      "no font was found to write its texts with; install one (Debian: fonts-dejavu-core), or write an .svg";
    throw new ConfigError("FILE", "output", output, detail);
  }
  return new Renderer(onLightGround(svg), { ...options, fitTo: { mode: "zoom", value: SCALE } }).render().asPng();
}

/** Checks before a long run that PNG can be written. Throws ConfigError. */
export async function checkPng(output: string): Promise<void> {
  await pngOf('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', output);
}
