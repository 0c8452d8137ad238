"""Writes a picture with its text, and an address with its text.

    pip install -r docs/examples/requirements.txt
    python3 docs/examples/produce_pairs.py BROKER REGISTRY PICTURE TEXT
"""

import hashlib
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from confluent_kafka import SerializingProducer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import StringSerializer


def pair_id(url, image, text):
    """Hex SHA-256 of the address (of the picture where there is none), a zero byte, and the text."""
    origin = url.encode() if url is not None else image
    return hashlib.sha256(origin + b"\0" + text.encode()).hexdigest()


def producer(broker, registry, topic):
    """A producer that writes with the newest schema that is registered, and registers none."""
    client = SchemaRegistryClient({"url": registry})
    schema = client.get_latest_version(topic + "-value").schema.schema_str
    return SerializingProducer(
        {
            "bootstrap.servers": broker,
            "acks": "all",
            "enable.idempotence": True,
            "message.max.bytes": 4 * 1024 * 1024,
            "key.serializer": StringSerializer("utf_8"),
            "value.serializer": AvroSerializer(
                client, schema, conf={"auto.register.schemas": False, "use.latest.version": True}
            ),
        }
    )


def send(broker, registry, topic, key, value):
    """Writes one record and says where it lies, or fails."""

    def written(error, message):
        if error is not None:
            sys.exit(f"{topic} did not take the record: {error}")
        print(message.topic(), message.partition(), message.offset())

    out = producer(broker, registry, topic)
    out.produce(topic, key=key, value=value, on_delivery=written)
    if out.flush(60) > 0:
        sys.exit(f"{topic} took no record within 60 s: is {broker} up?")


def main():
    broker, registry, picture, text = sys.argv[1:5]
    image = Path(picture).read_bytes()
    now = int(time.time() * 1000)

    key = pair_id(None, image, text)
    crawled = {
        "pairId": key,
        "sourceUrl": None,
        "text": text,
        "image": image,
        "contentType": None,
        "headers": {},
        "source": "python-example",
        "crawledAt": now,
    }
    send(broker, registry, "pairs.crawled", key, crawled)

    url = "https://Example.org/" + Path(picture).name
    located = {"url": url, "text": text, "source": "python-example", "locatedAt": now}
    send(broker, registry, "pairs.located", urlsplit(url).hostname, located)


if __name__ == "__main__":
    main()
