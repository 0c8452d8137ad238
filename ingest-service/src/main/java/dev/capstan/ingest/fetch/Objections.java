package dev.capstan.ingest.fetch;

import dev.capstan.ingest.fetch.web.HopResult;
import dev.capstan.ingest.fetch.web.RobotsTag;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.schemas.records.LocatedPair;
import java.util.List;
import java.util.Optional;

/**
 * Why nothing may be asked of a pair's host at all: a takedown names the pair, or the page that names the image does not want it.
 * Any thread may ask; takedowns come and go meanwhile.
 */
final class Objections {
    private final Takedowns takedowns;
    private final RobotsTag robots;

    Objections(Takedowns takedowns, RobotsTag robots) {
        this.takedowns = takedowns;
        this.robots = robots;
    }

    /** The objection as a refusal, or empty. */
    Optional<HopResult.Refused> against(LocatedPair pair) {
        return takenDown(pair).or(() -> forbiddenByPage(pair));
    }

    /** That a takedown names the pair or its address by now. */
    Optional<HopResult.Refused> takenDown(LocatedPair pair) {
        String id = OutcomeRecords.pairId(pair.getUrl(), pair.getText());
        return takedowns
                .naming(id, pair.getUrl())
                .map(kind -> HopResult.Refused.of(Takedowns.RULE, Takedowns.sentence(kind)));
    }

    /** The directive of the page, if whoever located the pair noted one. */
    private Optional<HopResult.Refused> forbiddenByPage(LocatedPair pair) {
        String said = pair.getPageRobots();
        if (said == null) {
            return Optional.empty();
        }
        return robots.forbids(List.of(said))
                .map(directive -> HopResult.Refused.of(
                        "fetch-robots", "The page that names the image says " + directive + " to robots."));
    }
}
