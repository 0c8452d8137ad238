package dev.capstan.model.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.model.ModelArchitecture;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Learns a byte-pair vocabulary (arXiv 1508.07909) from weighted texts and writes it as {@code tokenizer.json}: count the
 * words, then again and again merge the commonest pair of neighbours. The same texts give the same file.
 *
 * <p>The padding token has id 0; the start token comes last but one and the end token last, so that it has the greatest id,
 * as in CLIP's vocabulary. Not thread-safe: add texts, then {@link #train}.
 */
public final class TokenizerTrainer {
    private static final String PAD = "<pad>";
    private static final String UNKNOWN = "<unk>";
    private static final String START = "<start>";
    private static final String END = "<end>";
    private static final int SPECIAL_TOKENS = 4;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final TokenizerStyle style;
    private final boolean lowerCase;
    private final Map<List<String>, Long> wordCounts = new HashMap<>();

    /** Letters keep their case where the style keeps it. */
    public TokenizerTrainer(TokenizerStyle style) {
        this(style, style == TokenizerStyle.WORDS);
    }

    /**
     * @param lowerCase whether texts are lower-cased before they become tokens, here and wherever the vocabulary is used
     */
    public TokenizerTrainer(TokenizerStyle style, boolean lowerCase) {
        if (style == TokenizerStyle.WORDS && !lowerCase) {
            throw new IllegalArgumentException("the style " + style + " has no capital letters");
        }
        this.style = style;
        this.lowerCase = lowerCase;
    }

    /**
     * Counts a text's words.
     *
     * @param weight how often the text counts
     */
    public TokenizerTrainer add(String text, long weight) {
        for (List<String> word : style.words(lowerCase ? text.toLowerCase(Locale.ROOT) : text)) {
            wordCounts.merge(word, weight, Long::sum);
        }
        return this;
    }

    /**
     * @param vocabularySize tokens in all, special ones and letters included
     * @throws IllegalArgumentException if the letters alone do not fit
     */
    public TrainedTokenizer train(int vocabularySize) {
        Set<String> seen = new TreeSet<>();
        wordCounts.keySet().forEach(seen::addAll);
        Set<String> alphabet = style.alphabet(seen);
        int room = vocabularySize - SPECIAL_TOKENS - alphabet.size();
        if (room < 0) {
            throw new IllegalArgumentException("a vocabulary of " + vocabularySize + " has no room for its "
                    + (alphabet.size() + SPECIAL_TOKENS) + " letters and special tokens");
        }
        List<Pair> merged = new Merging(wordCounts).run(room);
        Set<String> tokens = new LinkedHashSet<>(List.of(PAD, UNKNOWN));
        tokens.addAll(alphabet);
        merged.forEach(pair -> tokens.add(pair.joined()));
        List<String> vocabulary = new ArrayList<>(tokens);
        vocabulary.add(START);
        vocabulary.add(END);
        int size = vocabulary.size();
        ModelArchitecture.Tokenizer special = new ModelArchitecture.Tokenizer(size - 2, size - 1, 0, lowerCase);
        return new TrainedTokenizer(json(vocabulary, merged), size, special);
    }

    private byte[] json(List<String> vocabulary, List<Pair> merged) {
        ObjectNode root = JSON.createObjectNode();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        for (String token : List.of(PAD, UNKNOWN, START, END)) {
            added.addObject()
                    .put("id", vocabulary.indexOf(token))
                    .put("content", token)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        ObjectNode model = JSON.createObjectNode();
        model.put("type", "BPE").putNull("dropout").put("unk_token", UNKNOWN);
        model.putNull("continuing_subword_prefix");
        style.describe(root, model);
        model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
        ObjectNode ids = model.putObject("vocab");
        for (int id = 0; id < vocabulary.size(); id++) {
            ids.put(vocabulary.get(id), id);
        }
        ArrayNode rules = model.putArray("merges");
        merged.forEach(pair -> rules.add(pair.left() + " " + pair.right()));
        root.putNull("post_processor");
        root.set("model", model);
        try {
            return JSON.writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always JSON", e);
        }
    }

    private record Pair(String left, String right) implements Comparable<Pair> {
        String joined() {
            return left + right;
        }

        @Override
        public int compareTo(Pair other) {
            int byLeft = left.compareTo(other.left);
            return byLeft == 0 ? right.compareTo(other.right) : byLeft;
        }
    }

    private record Counted(Pair pair, long count) {}

    /** The merging loop, with counts kept up to date where a merge changes them instead of counted anew. */
    private static final class Merging {
        private final List<List<String>> words = new ArrayList<>();
        private final long[] weights;
        private final Map<Pair, Long> counts = new HashMap<>();
        private final Map<Pair, Set<Integer>> places = new HashMap<>();
        /** May hold counts that are out of date; they are dropped when they come up. */
        private final PriorityQueue<Counted> queue = new PriorityQueue<>(
                Comparator.comparingLong(Counted::count).reversed().thenComparing(Counted::pair));

        Merging(Map<List<String>, Long> wordCounts) {
            Map<String, Map.Entry<List<String>, Long>> ordered = new TreeMap<>();
            wordCounts.entrySet().forEach(entry -> ordered.put(String.join(" ", entry.getKey()), entry));
            this.weights = new long[ordered.size()];
            ordered.values().forEach(entry -> {
                weights[words.size()] = entry.getValue();
                words.add(new ArrayList<>(entry.getKey()));
            });
            for (int word = 0; word < words.size(); word++) {
                countPairs(word, 1);
            }
            counts.forEach((pair, count) -> queue.add(new Counted(pair, count)));
        }

        /** The merges in their order; two of them may make the same token. */
        List<Pair> run(int newTokens) {
            Set<Pair> done = new LinkedHashSet<>();
            Set<String> tokens = new HashSet<>();
            while (tokens.size() < newTokens) {
                Counted best = queue.poll();
                if (best == null || best.count() < 2) {
                    break;
                }
                if (counts.getOrDefault(best.pair(), 0L) == best.count()) {
                    merge(best.pair());
                    done.add(best.pair());
                    tokens.add(best.pair().joined());
                }
            }
            return List.copyOf(done);
        }

        private void merge(Pair pair) {
            Set<Pair> touched = new HashSet<>();
            for (int word :
                    places.getOrDefault(pair, Set.of()).stream().sorted().toList()) {
                touched.addAll(countPairs(word, -1));
                words.set(word, joined(words.get(word), pair));
                touched.addAll(countPairs(word, 1));
            }
            touched.forEach(changed -> queue.add(new Counted(changed, counts.getOrDefault(changed, 0L))));
        }

        private static List<String> joined(List<String> word, Pair pair) {
            List<String> result = new ArrayList<>(word.size());
            for (int i = 0; i < word.size(); i++) {
                boolean here = i + 1 < word.size()
                        && word.get(i).equals(pair.left())
                        && word.get(i + 1).equals(pair.right());
                result.add(here ? pair.joined() : word.get(i));
                i += here ? 1 : 0;
            }
            return result;
        }

        /** Adds or takes away a word's pairs. */
        private List<Pair> countPairs(int word, int sign) {
            List<String> letters = words.get(word);
            List<Pair> pairs = new ArrayList<>(letters.size());
            for (int i = 0; i + 1 < letters.size(); i++) {
                Pair pair = new Pair(letters.get(i), letters.get(i + 1));
                pairs.add(pair);
                counts.merge(pair, sign * weights[word], Long::sum);
                Set<Integer> at = places.computeIfAbsent(pair, key -> new HashSet<>());
                if (sign > 0) {
                    at.add(word);
                } else {
                    at.remove(word);
                }
            }
            return pairs;
        }
    }
}
