"""Makes the traffic of the recorded capture: RPC over TCP on 8899 and datagrams on 8001.

Everything stays on the loopback interface. Sizes and pauses come from a seeded generator; times are
those of the machine. One client in four speaks IPv6, and after half of the time nobody says
anything for 400 ms.
"""

# ruff: noqa: INP001  # a script beside its capture, in no package
import random
import socket
import sys
import threading
import time

RPC, GOSSIP = 8899, 8001
CLIENTS, SILENCE = 4, 0.4
ADDRESSES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def answer(connection: socket.socket) -> None:
    """Answer requests of one connection until it is closed."""
    chooser = random.Random(1)
    with connection:
        while request := connection.recv(4096):
            time.sleep(chooser.choice((0.0002, 0.001, 0.004)))
            body = b'{"jsonrpc":"2.0","result":' + b"7" * (40 + len(request) * 3) + b"}"
            head = b"HTTP/1.1 200 OK\r\ncontent-length: " + str(len(body)).encode() + b"\r\n\r\n"
            connection.sendall(head + body)


def serve(family: int, address: str) -> None:
    """Accept connections for ever."""
    with socket.create_server((address, RPC), family=family) as listener:
        while True:
            threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()


def ask(client: int, seconds: float) -> None:
    """Ask over one connection after the other, a few requests on each."""
    chooser = random.Random(100 + client)
    _, address = ADDRESSES[client == CLIENTS - 1]
    begin = time.monotonic()
    while (elapsed := time.monotonic() - begin) < seconds:
        if 0 < elapsed - seconds / 2 < SILENCE:
            time.sleep(seconds / 2 + SILENCE - elapsed)
        with socket.create_connection((address, RPC)) as connection:
            for _ in range(chooser.randint(1, 6)):
                method = chooser.choice((b"getSlot", b"getBalance", b"sendTransaction"))
                body = b'{"method":"' + method + b'","params":["' + b"A" * 44 + b'"]}'
                connection.sendall(b"POST / HTTP/1.1\r\nhost: validator\r\n\r\n" + body)
                connection.recv(65536)
                time.sleep(chooser.uniform(0.02, 0.09))


def gossip(seconds: float) -> None:
    """Send datagrams in bursts."""
    chooser = random.Random(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 8002))
        begin = time.monotonic()
        while (elapsed := time.monotonic() - begin) < seconds:
            if 0 < elapsed - seconds / 2 < SILENCE:
                time.sleep(seconds / 2 + SILENCE - elapsed)
            for _ in range(chooser.randint(1, 4)):
                peer.sendto(
                    b"g" * chooser.choice((132, 132, 132, 644, 1188)), ("127.0.0.1", GOSSIP)
                )
            time.sleep(chooser.uniform(0.01, 0.06))


def main() -> None:
    """Run for as many seconds as the first argument says."""
    seconds = float(sys.argv[1])
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("127.0.0.1", GOSSIP))
    for family, address in ADDRESSES:
        threading.Thread(target=serve, args=(family, address), daemon=True).start()
    time.sleep(0.2)
    speakers = [threading.Thread(target=ask, args=(client, seconds)) for client in range(CLIENTS)]
    speakers.append(threading.Thread(target=gossip, args=(seconds,)))
    for speaker in speakers:
        speaker.start()
    for speaker in speakers:
        speaker.join()
    sink.close()


if __name__ == "__main__":
    main()
