"""Runs rsyslog, which stores events with ompgsql, and sends it lines over a Unix socket. Bars separate the fields.

    rsyslog.py SOCKET DATABASE ROWS UNIQUE

The clock stops when the table has UNIQUE rows, because rsyslog acknowledges nothing.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time

import rows

# The statements of a batch share a transaction. One worker, because two deadlock: the keys are not sorted.
CONFIGURATION = """
global(workDirectory="{directory}")
module(load="imptcp")
module(load="ompgsql")
template(name="insert" type="list" option.stdsql="on") {{
  constant(value="INSERT INTO sluice.events (ts, batch_id, event_id, topic, source, payload) VALUES ('")
  property(name="rawmsg" field.number="1" field.delimiter="124")
  constant(value="', 0, '")
  property(name="rawmsg" field.number="2" field.delimiter="124")
  constant(value="', '")
  property(name="rawmsg" field.number="3" field.delimiter="124")
  constant(value="', '")
  property(name="rawmsg" field.number="4" field.delimiter="124")
  constant(value="', '")
  property(name="rawmsg" field.number="5" field.delimiter="124")
  constant(value="') ON CONFLICT DO NOTHING")
}}
ruleset(name="store" queue.type="FixedArray" queue.size="200000" queue.dequeueBatchSize="1000"
        queue.workerThreads="1") {{
  action(type="ompgsql" server="{database_socket}" db="{database}" uid="sluice" pwd="" template="insert"
         action.resumeRetryCount="-1" action.resumeInterval="1")
}}
input(type="imptcp" path="{directory}/lines" ruleset="store" supportOctetCountedFraming="off")
"""


def lines(path):
    return b"".join(
        f"{rows.timestamp(microseconds).isoformat()}|{event_id}|{topic}|{source}|{payload}\n".encode()
        for event_id, topic, microseconds, source, payload in rows.read(path))


def stored(database_socket, database):
    done = subprocess.run(
        ["psql", "-qAtX", "-h", database_socket, "-U", "sluice", "-d", database, "-c",
         "SELECT count(*) FROM sluice.events"], capture_output=True, text=True, check=True)
    return int(done.stdout)


def connected(path):
    deadline = time.monotonic() + 30
    while True:
        try:
            client = socket.socket(socket.AF_UNIX)
            client.connect(path)
            return client
        except OSError:
            if time.monotonic() > deadline:
                sys.exit("rsyslogd did not start")
            time.sleep(0.05)


def main(database_socket, database, path, unique):
    data = lines(path)
    events = data.count(b"\n")
    with tempfile.TemporaryDirectory() as directory:
        configuration = os.path.join(directory, "rsyslog.conf")
        with open(configuration, "w") as file:
            file.write(CONFIGURATION.format(
                directory=directory, database_socket=database_socket, database=database))
        server = subprocess.Popen(
            ["rsyslogd", "-n", "-f", configuration, "-i", os.path.join(directory, "pid")], stdout=sys.stderr)
        try:
            client = connected(os.path.join(directory, "lines"))
            start = time.monotonic()
            client.sendall(data)
            deadline = start + 300
            while stored(database_socket, database) < int(unique):
                if time.monotonic() > deadline:
                    sys.exit("rsyslog did not store everything")
                time.sleep(0.05)
            seconds = time.monotonic() - start
        finally:
            server.terminate()
            server.wait()
    print(json.dumps({"events": events, "seconds": seconds, "rate": events / seconds}))


main(*sys.argv[1:])
