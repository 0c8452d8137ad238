package dev.capstan.ingest.concepts;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The concepts of one process: those of the configuration and those of the label sets that arrive while it runs.
 *
 * <p>The thread that follows the label sets changes it; curating threads read the index. A reader sees a change at the
 * latest with its next call.
 */
public final class ConceptCatalog {

    private final List<String> configured;
    private final SortedMap<String, List<String>> sets = new TreeMap<>();
    private volatile ConceptIndex index;

    public ConceptCatalog(Collection<String> configured) {
        this.configured = List.copyOf(configured);
        this.index = ConceptIndex.of(this.configured);
    }

    public ConceptIndex index() {
        return index;
    }

    /** Adds a label set, or replaces the one of the same name. */
    public synchronized void put(String set, Collection<String> labels) {
        sets.put(set, List.copyOf(labels));
        rebuild();
    }

    /** Forgets a label set, if there is one of this name. */
    public synchronized void remove(String set) {
        sets.remove(set);
        rebuild();
    }

    private void rebuild() {
        List<String> all = new ArrayList<>(configured);
        sets.values().forEach(all::addAll);
        index = ConceptIndex.of(all);
    }
}
