package dev.capstan.inference.requests;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Turns a record of one request topic into a question, or says why it is none. The request loop's thread.
 *
 * @param <Q> the kind of question
 */
public interface RequestReader<Q extends Question> extends AutoCloseable {
    /** @throws dev.capstan.schemas.RegistryUnavailableException if the record must be tried again */
    Intake<Q> read(ConsumerRecord<byte[], byte[]> record);

    @Override
    void close();
}
