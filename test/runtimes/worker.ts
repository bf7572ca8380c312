/** The conformance trace in a Worker. */
import { report } from "./driver.ts";

export default {
  async fetch(): Promise<Response> {
    try {
      return Response.json(await report());
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
