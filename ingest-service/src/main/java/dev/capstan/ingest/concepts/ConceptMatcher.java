package dev.capstan.ingest.concepts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.util.IntsRefBuilder;
import org.apache.lucene.util.fst.FST;
import org.apache.lucene.util.fst.FSTCompiler;
import org.apache.lucene.util.fst.PositiveIntOutputs;

/**
 * Finds which of up to some hundred thousand entries stand in a text, by the rules of MetaCLIP's sub-string matching
 * (facebookresearch/MetaCLIP, metaclip/substr_matching.py): the text gets a space at each end, spaces around each of
 * {@code , . ; : ? ! `} and spaces for tabs and line ends; an entry stands in it if the entry between two spaces does.
 * Upper and lower case differ.
 *
 * <p>Every match begins after a space, so one minimal automaton of all entries (Lucene's FST), walked from each space,
 * finds them all; a step costs the same whatever the number of entries. It keeps about 14 bytes an entry.
 *
 * <p>Immutable; any thread may ask.
 */
public final class ConceptMatcher {

    private static final String WRAPPED = ",.;:?!`";
    private static final String SPACES = "\t\n\r";

    private final FST<Long> automaton;
    private final int size;

    private ConceptMatcher(FST<Long> automaton, int size) {
        this.automaton = automaton;
        this.size = size;
    }

    /**
     * A matcher of these entries. One that is given twice counts once.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static ConceptMatcher of(Collection<String> entries) {
        List<String> distinct = new ArrayList<>(new LinkedHashSet<>(entries));
        if (distinct.isEmpty()) {
            throw new IllegalArgumentException("a matcher needs at least one entry");
        }
        Integer[] sorted = new Integer[distinct.size()];
        Arrays.setAll(sorted, index -> index);
        Arrays.sort(sorted, Comparator.comparing(index -> distinct.get(index) + ' '));
        FSTCompiler<Long> compiler =
                new FSTCompiler.Builder<>(FST.INPUT_TYPE.BYTE2, PositiveIntOutputs.getSingleton()).build();
        IntsRefBuilder key = new IntsRefBuilder();
        try {
            for (int index : sorted) {
                key.clear();
                String entry = distinct.get(index);
                for (int position = 0; position < entry.length(); position++) {
                    key.append(entry.charAt(position));
                }
                key.append(' ');
                compiler.add(key.get(), (long) index);
            }
            return new ConceptMatcher(FST.fromFSTReader(compiler.compile(), compiler.getFSTReader()), distinct.size());
        } catch (IOException e) {
            throw new UncheckedIOException("The automaton could not be built in memory", e);
        }
    }

    /** How many distinct entries are known. */
    public int size() {
        return size;
    }

    /** Memory that the automaton keeps. */
    public long bytes() {
        return automaton.ramBytesUsed();
    }

    /** The entries that stand in the text, each once, in the order of the list. */
    public List<String> match(String text) {
        String spaced = spaced(text);
        Map<Long, String> found = new TreeMap<>();
        FST.BytesReader reader = automaton.getBytesReader();
        FST.Arc<Long> arc = new FST.Arc<>();
        try {
            for (int space = spaced.indexOf(' '); space >= 0; space = spaced.indexOf(' ', space + 1)) {
                collect(spaced, space + 1, arc, reader, found);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The automaton could not be read from memory", e);
        }
        return List.copyOf(found.values());
    }

    /** Whether this is an entry of the list. */
    public boolean contains(String entry) {
        FST.BytesReader reader = automaton.getBytesReader();
        FST.Arc<Long> arc = automaton.getFirstArc(new FST.Arc<>());
        try {
            for (int position = 0; position < entry.length(); position++) {
                if (automaton.findTargetArc(entry.charAt(position), arc, arc, reader) == null) {
                    return false;
                }
            }
            return automaton.findTargetArc(' ', arc, arc, reader) != null && arc.isFinal();
        } catch (IOException e) {
            throw new UncheckedIOException("The automaton could not be read from memory", e);
        }
    }

    /** The text as MetaCLIP searches it. */
    static String spaced(String text) {
        StringBuilder spaced = new StringBuilder(text.length() + 16).append(' ');
        for (int index = 0; index < text.length(); index++) {
            char unit = text.charAt(index);
            if (WRAPPED.indexOf(unit) >= 0) {
                spaced.append(' ').append(unit).append(' ');
                continue;
            }
            spaced.append(SPACES.indexOf(unit) >= 0 ? ' ' : unit);
        }
        return spaced.append(' ').toString();
    }

    private void collect(String spaced, int start, FST.Arc<Long> arc, FST.BytesReader reader, Map<Long, String> found)
            throws IOException {
        automaton.getFirstArc(arc);
        long id = 0;
        for (int position = start; position < spaced.length(); position++) {
            if (automaton.findTargetArc(spaced.charAt(position), arc, arc, reader) == null) {
                return;
            }
            id += arc.output();
            if (arc.isFinal()) {
                found.put(id + arc.nextFinalOutput(), spaced.substring(start, position));
            }
        }
    }
}
