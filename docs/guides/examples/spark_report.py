"""Counts the products of each category and sums up their prices with Spark, and writes the result to a table. Rows come
and go through Weir alone; nothing else than pyspark is needed.

    spark_report.py --application nightly-report
    spark_report.py --weir https://weir.example:8080 --credential-file report.key --splits 256
"""

import argparse
import http.client
import json
import random
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from decimal import Decimal

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DecimalType, StringType, StructField, StructType

AGAIN = {429, 502, 503, 504}
BROKEN = (OSError, http.client.HTTPException)
PATIENCE_SECONDS = 300
# Limits may keep a scan waiting for five minutes, and it says nothing meanwhile.
SILENCE_SECONDS = 330
ROWS_OF_A_WRITE = 50


class WeirError(Exception):
    """What asking again would not change."""


class Patience:
    """Waits between attempts, and gives up where none of them has moved anything for too long."""

    def __init__(self):
        self.moved()

    def moved(self):
        self.since, self.pause = time.monotonic(), 0.1

    def wait(self, reason, told_seconds=0.0):
        if time.monotonic() - self.since > PATIENCE_SECONDS:
            raise WeirError(f"given up: {reason}")
        time.sleep(max(told_seconds, self.pause * random.uniform(0.5, 1)))
        self.pause = min(self.pause * 2, 5)


class Weir:
    """One Weir, as one application. Goes to the workers of Spark as it is."""

    def __init__(self, url, headers):
        self.url, self.headers = url, headers

    def open(self, method, path, body=None, seconds=30):
        request = urllib.request.Request(self.url + path, headers=self.headers, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        return urllib.request.urlopen(request, timeout=seconds)

    def ask(self, method, path, body=None):
        """The answer as JSON; waits as long as Weir says that it is worth asking again."""
        patience = Patience()
        while True:
            try:
                with self.open(method, path, body) as answer:
                    return json.loads(answer.read() or b"null")
            except urllib.error.HTTPError as refusal:
                patience.wait(*reason_of(refusal))
            except BROKEN as broken:
                patience.wait(broken)

    def splits(self, table, target):
        return self.ask("GET", f"/v1/{table}/splits?target={target}")["splits"]

    def scan(self, table, split, columns):
        """The rows of one split, each exactly once, however often the answer breaks off or ends early."""
        body = {"range": {"start": split["start"], "end": split["end"]}, "columns": columns}
        patience = Patience()
        while True:
            # What came behind the last cursor comes again after a break: it is kept until a cursor has passed it.
            rows, reason, told = [], "the answer ended early", 0.0
            try:
                with self.open("POST", f"/v1/{table}/scan", body, SILENCE_SECONDS) as lines:
                    for line in lines:
                        if not line.endswith(b"\n"):
                            break
                        [(kind, content)] = json.loads(line).items()
                        if kind == "row":
                            rows.append(content)
                            continue
                        # A checkpoint, the end or an error: all before it has come.
                        yield from rows
                        if rows:
                            patience.moved()
                        rows, reason = [], content.get("title", reason)
                        if content.get("complete"):
                            return
                        if "cursor" not in content:
                            raise WeirError(reason)
                        body["cursor"] = content["cursor"]
            except urllib.error.HTTPError as refusal:
                reason, told = reason_of(refusal)
            except BROKEN as broken:
                reason = broken
            patience.wait(reason, told)

    def write(self, table, rows):
        """Writes all rows. Those that were not written are sent again: to write a row twice is to write it once."""
        patience = Patience()
        while rows:
            reason, told, results = "rows were not written", 0.0, None
            try:
                with self.open("POST", f"/v1/{table}/write", {"rows": [{"values": row} for row in rows]}) as answer:
                    body = json.loads(answer.read())
                results, told = body["results"], body.get("retryAfterMs", 0) / 1000
            except urllib.error.HTTPError as refusal:
                reason, told = reason_of(refusal)
            except BROKEN as broken:
                reason = broken
            if results is not None:
                for result in results:
                    if result["status"] == "error" and not result["error"]["retryable"]:
                        raise WeirError(result["error"]["title"])
                rows = [row for row, result in zip(rows, results) if result["status"] != "written"]
                patience.moved()
            if rows:
                patience.wait(reason, told)

    @contextmanager
    def session(self, seconds):
        """Holds a session while the job runs: an operator can limit how many there are. Where nobody does, it costs
        nothing. The place of a job that crashed is free again after so many seconds."""
        body = {"ttlSeconds": seconds}
        path = "/v1/sessions/" + self.ask("POST", "/v1/sessions", body)["sessionId"]
        over = threading.Event()

        def renew():
            while not over.wait(seconds / 4):
                try:
                    self.ask("PUT", path, body)
                except WeirError as error:
                    print(f"the session is lost: {error}", file=sys.stderr)
                    return

        threading.Thread(target=renew, daemon=True).start()
        try:
            yield Weir(self.url, {**self.headers, "X-Weir-Session": path.rsplit("/", 1)[1]})
        finally:
            over.set()
            try:
                self.open("DELETE", path).close()
            except BROKEN:
                pass  # It ends by itself.


def reason_of(refusal):
    """Why, and in how many seconds it is worth asking again. Raises where it is not."""
    try:
        told = refusal.read().decode()
    except BROKEN:
        told = ""
    reason = f"{refusal.code} {told}"
    if refusal.code not in AGAIN:
        raise WeirError(reason)
    milliseconds = refusal.headers.get("Retry-After-Ms")
    seconds = refusal.headers.get("Retry-After") or 0
    return reason, float(seconds) if milliseconds is None else float(milliseconds) / 1000


def read_options():
    parser = argparse.ArgumentParser(description="Sums up market.products by category into market.report.")
    parser.add_argument("--weir", default="http://127.0.0.1:8080", help="the data port")
    parser.add_argument("--application", help="who asks, where the configuration says auth: trusted")
    parser.add_argument("--credential-file", help="who asks, where it says auth: keys")
    parser.add_argument("--splits", type=int, default=64, help="ranges to read, each a task of Spark")
    parser.add_argument("--session-seconds", type=int, default=120, help="after a crash its place is held so long")
    return parser.parse_args()


def identity(options):
    if options.credential_file is None:
        return {"X-Weir-App": options.application or ""}
    with open(options.credential_file, encoding="utf-8") as file:
        return {"Authorization": f"Bearer {file.read().strip()}"}


def product(row):
    return row["category"], Decimal(row["price"] or 0)


def main():
    options = read_options()
    spark = SparkSession.builder.appName("report").getOrCreate()
    with Weir(options.weir, identity(options)).session(options.session_seconds) as weir:
        splits = weir.splits("market/products", options.splits)
        tasks = spark.sparkContext.parallelize(splits, len(splits))
        rows = tasks.flatMap(lambda split: map(product, weir.scan("market/products", split, ["category", "price"])))
        columns = [StructField("category", StringType()), StructField("price", DecimalType(18, 2))]
        products = spark.createDataFrame(rows, StructType(columns))

        report = (
            products.where("category IS NOT NULL")
            .groupBy("category")
            .agg(F.count("*").alias("products"), F.sum("price").alias("total"))
        )

        def write(found):
            batch = []
            for row in found:
                batch.append({"category": row.category, "products": row.products, "total": str(row.total)})
                if len(batch) == ROWS_OF_A_WRITE:
                    weir.write("market/report", batch)
                    batch = []
            weir.write("market/report", batch)

        report.foreachPartition(write)
    spark.stop()


if __name__ == "__main__":
    main()
