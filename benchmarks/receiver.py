"""`python -m benchmarks.receiver quick|hanging FILE`: a receiver for the benchmark of enforcement.

It writes its address into FILE, and beside it, into FILE.waits, for each event the milliseconds since it was effective.
Written on bare sockets, so that it takes little of the machine from what is measured.
"""

import asyncio
import re
import struct
import sys
import time
from datetime import datetime
from pathlib import Path

EFFECTIVE = re.compile(rb'"effective_at":"([^"]+)"')
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"


async def main(kind: str, path: Path) -> None:
    waits = path.with_suffix(".waits").open("ab", buffering=0)

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                length = LENGTH.search(head)
                body = await reader.readexactly(int(length[1]) if length else 0)
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            effective = EFFECTIVE.search(body)
            assert effective, body
            moment = datetime.fromisoformat(effective[1].decode()).timestamp()
            waits.write(struct.pack("d", 1000 * (time.time() - moment)))
            if kind == "hanging":
                await asyncio.sleep(3_600)
            writer.write(TAKEN)
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    path.with_suffix(".tmp").write_text(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    path.with_suffix(".tmp").rename(path)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
