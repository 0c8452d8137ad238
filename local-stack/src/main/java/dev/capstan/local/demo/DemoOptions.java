package dev.capstan.local.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What the demo should do.
 *
 * @param duration how long to stream, from the first pair on; zero for until Ctrl-C
 * @param report where to write the report, if one is wanted
 * @param seed gives the same stream again
 * @param shapes generated shapes instead of emoji
 * @param cache where fetched packages are kept
 * @param baseWeights directory of the weights to start from
 * @param fastestPairsPerSecond rate that the feed never exceeds
 * @param newShare share of new concepts in the stream, once they arrive
 * @param dirtShare share of what a crawl carries besides good pairs
 * @param requestsPerSecond steady load of requests
 * @param probeInterval shortest time between two rounds of probes
 */
public record DemoOptions(
        Duration duration,
        Optional<Path> report,
        long seed,
        boolean shapes,
        Path cache,
        Path baseWeights,
        double fastestPairsPerSecond,
        double newShare,
        double dirtShare,
        double requestsPerSecond,
        Duration probeInterval) {}
