package dev.capstan.local.curation;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.Shard;
import dev.capstan.schemas.records.TakedownPlace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;

/**
 * Says which checkpoints saw a pair: those whose shards cover a place where it stood, and all that descend from them. It
 * joins the places with the lineage, which is kept for ever; of the lineage it keeps four numbers a version.
 *
 * <p>A shard covers what was read, whether it taught anything or not: a checkpoint that is listed may have read past the
 * pair, one that is not listed never had it.
 *
 * <p>One thread.
 */
public final class SeenBy {
    private final List<TakedownPlace> places;
    private final Map<String, NavigableMap<Long, Version>> models = new TreeMap<>();
    private final Map<String, Long> live = new TreeMap<>();

    private record Version(Optional<Long> parent, Optional<Sight> sight) {}

    /** How a checkpoint came to see a pair. */
    public enum Sight {
        /** It is among what the checkpoint read for the first time. */
        READ,
        /** It is among what the checkpoint drew again. */
        DRAWN_AGAIN,
        /** The checkpoint goes on from one that saw it. */
        INHERITED
    }

    /**
     * The checkpoints of one model that saw the pair.
     *
     * @param versions by version
     * @param live the version that is served, if it is known
     */
    public record Model(String name, NavigableMap<Long, Sight> versions, Optional<Long> live) {
        public Model {
            versions = Collections.unmodifiableNavigableMap(new TreeMap<>(versions));
        }

        /** Whether the version that is served saw the pair. */
        public boolean isServed() {
            return live.map(versions::containsKey).orElse(false);
        }
    }

    private SeenBy(List<TakedownPlace> places) {
        this.places = List.copyOf(places);
    }

    /** The models with a checkpoint that saw a pair at one of these places. */
    public static List<Model> find(KafkaSettings settings, List<TakedownPlace> places) {
        SeenBy seenBy = new SeenBy(places);
        try (RangeReader reader = new RangeReader(settings, ReadingProgress.SILENT);
                AvroDeserializer<CheckpointLineage> lineages = new AvroDeserializer<>(CheckpointLineage.class);
                AvroDeserializer<LiveVersion> lives = new AvroDeserializer<>(LiveVersion.class)) {
            lineages.configure(settings.clientProperties(), false);
            lives.configure(settings.clientProperties(), false);
            reader.read(
                    reader.all(Topics.CHECKPOINTS_LINEAGE),
                    record -> read(lineages, record.topic(), record.value()).ifPresent(seenBy::take));
            reader.read(
                    reader.all(Topics.CHECKPOINTS_LIVE),
                    record -> read(lives, record.topic(), record.value())
                            .ifPresent(version -> seenBy.live.put(version.getModel(), version.getVersion())));
        }
        return seenBy.models();
    }

    private void take(CheckpointLineage lineage) {
        models.computeIfAbsent(lineage.getModel(), name -> new TreeMap<>())
                .put(lineage.getVersion(), new Version(Optional.ofNullable(lineage.getParent()), sight(lineage)));
    }

    private Optional<Sight> sight(CheckpointLineage lineage) {
        if (covers(lineage.getShards())) {
            return Optional.of(Sight.READ);
        }
        return covers(lineage.getReplayed()) ? Optional.of(Sight.DRAWN_AGAIN) : Optional.empty();
    }

    private boolean covers(List<Shard> shards) {
        return shards.stream()
                .anyMatch(shard -> places.stream()
                        .anyMatch(place -> place.getTopic().equals(shard.getTopic())
                                && place.getPartition() == shard.getPartition()
                                && place.getOffset() >= shard.getFirstOffset()
                                && place.getOffset() <= shard.getLastOffset()));
    }

    private List<Model> models() {
        List<Model> seen = new ArrayList<>();
        models.forEach((name, versions) -> {
            NavigableMap<Long, Sight> sights = new TreeMap<>();
            // A parent has a lower version, so it was decided before.
            Set<Long> holding = new HashSet<>();
            versions.forEach((number, version) -> {
                Optional<Sight> sight = version.sight()
                        .or(() -> version.parent().filter(holding::contains).map(parent -> Sight.INHERITED));
                sight.ifPresent(how -> {
                    holding.add(number);
                    sights.put(number, how);
                });
            });
            if (!sights.isEmpty()) {
                seen.add(new Model(name, sights, Optional.ofNullable(live.get(name))));
            }
        });
        return seen;
    }

    private static <T extends SpecificRecord> Optional<T> read(
            AvroDeserializer<T> records, String topic, byte[] value) {
        try {
            return Optional.ofNullable(records.deserialize(topic, value));
        } catch (PoisonRecordException e) {
            throw new CurationException("A record of " + topic + " cannot be read: " + e.getMessage());
        }
    }
}
