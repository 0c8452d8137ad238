package dev.capstan.ingest;

import dev.capstan.ingest.concepts.ConceptCatalog;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.platform.tracing.Tracing;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;

/**
 * What the processors of one process share; all of it is safe for their threads.
 *
 * @param partitions of {@code pairs.crawled}, over which the work is spread
 * @param nearDuplicates what admitted pictures look like, if the policy refuses near-duplicates
 * @param clientProperties with the registry's address
 */
record IngestParts(
        CurationPolicy policy,
        Curator curator,
        ConceptCatalog concepts,
        RecordLimits limits,
        int partitions,
        IngestMetrics metrics,
        Clock clock,
        Patience patience,
        Takedowns takedowns,
        Optional<NearDuplicates> nearDuplicates,
        Tracing tracing,
        Map<String, Object> clientProperties) {
    IngestParts {
        clientProperties = Map.copyOf(clientProperties);
    }

    PairRecords newRecords() {
        return new PairRecords(clientProperties, patience);
    }
}
