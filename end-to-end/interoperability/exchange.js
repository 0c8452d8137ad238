// Reads one record of a topic through the registry, prints it as JSON, and writes one record of its own to another topic.
// Usage: node exchange.js BROKER REGISTRY_URL READ_TOPIC WRITE_TOPIC RECORD_JSON
'use strict';

const { Kafka, logLevel } = require('kafkajs');
const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry');

const DEADLINE_MS = 60_000;

async function main([broker, registryUrl, readTopic, writeTopic, recordJson]) {
  const kafka = new Kafka({ clientId: 'interoperability', brokers: [broker], logLevel: logLevel.ERROR });
  const registry = new SchemaRegistry({ host: registryUrl });
  const consumer = kafka.consumer({ groupId: 'interoperability', readUncommitted: false });
  await consumer.connect();
  await consumer.subscribe({ topic: readTopic, fromBeginning: true });
  const decoded = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no record of ${readTopic} within ${DEADLINE_MS} ms`)), DEADLINE_MS);
    consumer
      .run({
        eachMessage: async ({ message }) => {
          clearTimeout(timer);
          registry.decode(message.value).then(resolve, reject);
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();

  const record = JSON.parse(recordJson, (key, value) => (key === 'image' ? Buffer.from(value, 'base64') : value));
  const id = await registry.getLatestSchemaId(`${writeTopic}-value`);
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({
    topic: writeTopic,
    messages: [{ key: record.requestId, value: await registry.encode(id, record) }],
  });
  await producer.disconnect();

  const plain = (key, value) => (value && value.type === 'Buffer' ? Buffer.from(value.data).toString('base64') : value);
  process.stdout.write(JSON.stringify(decoded, plain) + '\n');
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.stack || error}\n`);
  process.exit(1);
});
