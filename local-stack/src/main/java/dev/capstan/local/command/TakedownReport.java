package dev.capstan.local.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.local.curation.CopySearch;
import dev.capstan.local.curation.PairCopy;
import dev.capstan.local.curation.SeenBy;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.Takedown;
import dev.capstan.schemas.records.TakedownPlace;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where what is taken down still is, until when, and which checkpoints saw it.
 *
 * @param key of the takedown
 * @param takedown its record, or empty if there is none or it cannot be read
 * @param found the copies that are there now
 * @param models the models with a checkpoint that saw one, now or when it was taken down
 */
record TakedownReport(String key, Optional<Takedown> takedown, CopySearch.Found found, List<SeenBy.Model> models) {

    /** Topics with the pictures of pairs. */
    static final List<Topics> WITH_PICTURES = List.of(Topics.PAIRS_CRAWLED, Topics.PAIRS_CURATED, Topics.PAIRS_HELDOUT);

    /** Topics whose places say which checkpoints saw a pair. */
    static final List<Topics> CURATED = List.of(Topics.PAIRS_CURATED, Topics.PAIRS_HELDOUT);

    TakedownReport {
        models = List.copyOf(models);
    }

    static TakedownReport of(KafkaSettings settings, String key, Optional<Takedown> takedown, CopySearch.Found found) {
        return new TakedownReport(key, takedown, found, SeenBy.find(settings, places(takedown, found)));
    }

    /** Where it stood, as far as it is known: what is there now and what was noted before, each once, newest notes first. */
    static List<TakedownPlace> places(Optional<Takedown> takedown, CopySearch.Found found) {
        Map<String, TakedownPlace> places = new LinkedHashMap<>();
        Stream.concat(found.places(CURATED).stream(), takedown.map(Takedown::getPlaces).orElse(List.of()).stream())
                .forEach(place -> places.putIfAbsent(
                        place.getTopic() + "-" + place.getPartition() + "-" + place.getOffset(), place));
        return List.copyOf(places.values());
    }

    void print(PrintWriter out) {
        takedown.ifPresentOrElse(
                record -> out.printf(
                        "%s%n  taken down %s by %s: %s%n",
                        key, record.getRequestedAt(), record.getRequestedBy(), record.getReason()),
                () -> out.printf("%s%n  not taken down%n", key));
        if (found.copies().isEmpty()) {
            out.println("  no copy is left in " + names(WITH_PICTURES));
        }
        for (PairCopy copy : found.copies()) {
            TakedownPlace place = copy.place();
            out.printf(
                    "  a copy at %s-%d-%d of %s, gone by %s%n",
                    place.getTopic(),
                    place.getPartition(),
                    place.getOffset(),
                    place.getRecordedAt(),
                    copy.goneBy().equals(Instant.MAX) ? "nothing: the topic keeps for ever" : copy.goneBy());
        }
        if (found.further() > 0) {
            out.printf(Locale.ROOT, "  and %,d copies more%n", found.further());
        }
        if (models.isEmpty()) {
            out.println(
                    places(takedown, found).isEmpty()
                            ? "  no curated copy is known: what expired before it was looked for cannot be told"
                            : "  no checkpoint saw it");
        }
        for (SeenBy.Model model : models) {
            out.printf("  model %s%s%n", model.name(), model.isServed() ? ", the served version among them:" : ":");
            for (SeenBy.Sight sight : SeenBy.Sight.values()) {
                String versions = ranges(versions(model, sight));
                if (!versions.isEmpty()) {
                    out.printf("    versions %s %s%n", versions, wording(sight));
                }
            }
        }
    }

    ObjectNode tree() {
        ObjectNode root = JsonOutput.object();
        root.put("key", key);
        takedown.ifPresent(
                record -> root.put("requestedAt", record.getRequestedAt().toString())
                        .put("requestedBy", record.getRequestedBy())
                        .put("reason", record.getReason()));
        root.put("takenDown", takedown.isPresent());
        ArrayNode copies = root.putArray("copies");
        for (PairCopy copy : found.copies()) {
            ObjectNode node = place(copies.addObject(), copy.place());
            if (!copy.goneBy().equals(Instant.MAX)) {
                node.put("goneBy", copy.goneBy().toString());
            }
        }
        root.put("furtherCopies", found.further());
        ArrayNode stood = root.putArray("stoodAt");
        places(takedown, found).forEach(place -> place(stood.addObject(), place));
        ArrayNode checkpoints = root.putArray("seenBy");
        for (SeenBy.Model model : models) {
            ObjectNode node = checkpoints.addObject().put("model", model.name()).put("served", model.isServed());
            for (SeenBy.Sight sight : SeenBy.Sight.values()) {
                ArrayNode versions = node.putArray(sight.name().toLowerCase(Locale.ROOT));
                versions(model, sight).forEach(versions::add);
            }
        }
        return root;
    }

    private static ObjectNode place(ObjectNode node, TakedownPlace place) {
        return node.put("topic", place.getTopic())
                .put("partition", place.getPartition())
                .put("offset", place.getOffset())
                .put("recordedAt", place.getRecordedAt().toString());
    }

    private static List<Long> versions(SeenBy.Model model, SeenBy.Sight sight) {
        return model.versions().entrySet().stream()
                .filter(version -> version.getValue() == sight)
                .map(Map.Entry::getKey)
                .toList();
    }

    private static String wording(SeenBy.Sight sight) {
        return switch (sight) {
            case READ -> "read it";
            case DRAWN_AGAIN -> "drew it again";
            case INHERITED -> "go on from one that saw it";
        };
    }

    /** Runs of following numbers: 3, 5-9. */
    static String ranges(List<Long> ascending) {
        List<String> ranges = new ArrayList<>();
        int first = 0;
        for (int index = 1; index <= ascending.size(); index++) {
            if (index < ascending.size() && ascending.get(index) == ascending.get(index - 1) + 1) {
                continue;
            }
            long from = ascending.get(first);
            long to = ascending.get(index - 1);
            ranges.add(from == to ? Long.toString(from) : from + "-" + to);
            first = index;
        }
        return String.join(", ", ranges);
    }

    private static String names(List<Topics> topics) {
        return topics.stream().map(Topics::topicName).collect(Collectors.joining(", "));
    }
}
