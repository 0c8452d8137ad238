package dev.capstan.ingest;

import dev.capstan.ingest.concepts.ConceptCatalog;
import dev.capstan.ingest.filter.CurationPolicy;
import java.time.Clock;
import java.util.Map;

/**
 * What the processors of one process share; all of it is safe for their threads.
 *
 * @param clientProperties with the registry's address
 */
record IngestParts(
        CurationPolicy policy,
        Curator curator,
        ConceptCatalog concepts,
        RecordLimits limits,
        IngestMetrics metrics,
        Clock clock,
        Patience patience,
        Map<String, Object> clientProperties) {
    IngestParts {
        clientProperties = Map.copyOf(clientProperties);
    }

    PairRecords newRecords() {
        return new PairRecords(clientProperties, patience);
    }
}
