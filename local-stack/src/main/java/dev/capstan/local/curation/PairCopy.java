package dev.capstan.local.curation;

import dev.capstan.schemas.records.TakedownPlace;
import java.time.Instant;

/**
 * A record with the bytes of a pair.
 *
 * @param place where it stands
 * @param goneBy when its topic has let it go at the latest, or {@link Instant#MAX} where the topic keeps for ever
 */
public record PairCopy(TakedownPlace place, Instant goneBy) {}
