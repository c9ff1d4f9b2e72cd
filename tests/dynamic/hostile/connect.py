"""Reach the port that the second argument names, in the way that the first one names."""

import ctypes
import socket
import struct
import sys
import urllib.request


def by_c(host, port, kind=socket.SOCK_STREAM):
    c = ctypes.CDLL(None, use_errno=True)
    address = struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(host)
    if c.connect(c.socket(socket.AF_INET, kind, 0), address + bytes(8), 16) != 0:
        raise OSError(ctypes.get_errno(), "connect")


def by_datagram(host, port):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", (host, port))


WAYS = {
    "connect": lambda host, port: socket.create_connection((host, port)),
    "urlopen": lambda host, port: urllib.request.urlopen(f"http://{host}:{port}/"),
    "name": lambda host, port: socket.getaddrinfo("pyro.ai", port),
    "datagram": by_datagram,
    "listen": lambda host, port: socket.create_server((host, 0)),
    "C": by_c,
    "C datagram": lambda host, port: by_c(host, port, socket.SOCK_DGRAM),
}
if __name__ == "__main__":
    WAYS[sys.argv[1]]("127.0.0.1", int(sys.argv[2]))
