package dev.capstan.model.text;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * A byte-pair vocabulary in CLIP's layout (openai/CLIP, simple_tokenizer.py): the 256 bytes, the 256 bytes at the end of a
 * word, one token a merge, start and end token. Read from any of the files that it is published as; written as the
 * {@code tokenizer.json} that {@link TextTokenizer} loads. Immutable.
 *
 * @param merges pairs of tokens, the first merged first, each with one space between
 * @param tokens the vocabulary in the order of ids
 */
public record ClipVocabulary(List<String> merges, List<String> tokens) {
    /** How CLIP cuts text into words. */
    static final String WORDS = "'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+";

    private static final String START = "<|startoftext|>";
    private static final String END = "<|endoftext|>";
    private static final String WORD_END = "</w>";
    private static final int BYTES = 256;
    /** Merges of CLIP's own file that count; it has more lines. */
    private static final int MOST_MERGES = 49_152 - BYTES - 2;

    private static final long MOST_FILE_BYTES = 64L << 20;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    public ClipVocabulary {
        merges = List.copyOf(merges);
        tokens = List.copyOf(tokens);
    }

    /** The vocabulary that merges alone define. */
    public static ClipVocabulary ofMerges(List<String> merges) {
        List<String> tokens = new ArrayList<>(alphabet());
        merges.forEach(merge -> tokens.add(merge.replace(" ", "")));
        tokens.add(START);
        tokens.add(END);
        return new ClipVocabulary(merges, tokens);
    }

    /**
     * Reads a directory's {@code tokenizer.json}, or its {@code vocab.json} and {@code merges.txt}, or its one
     * {@code bpe*.txt} or {@code bpe*.txt.gz}, whichever is there first.
     *
     * @throws WeightsFormatException naming what is missing or wrong
     */
    public static ClipVocabulary readDirectory(Path directory) throws IOException {
        Path json = directory.resolve("tokenizer.json");
        if (Files.exists(json)) {
            return readTokenizerJson(json);
        }
        Path merges = directory.resolve("merges.txt");
        Path vocabulary = directory.resolve("vocab.json");
        if (Files.exists(merges)) {
            return Files.exists(vocabulary) ? readVocabularyAndMerges(vocabulary, merges) : readMerges(merges);
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "bpe*.{txt,txt.gz}")) {
            for (Path file : files) {
                return readMerges(file);
            }
        }
        throw new WeightsFormatException(
                directory + " has no vocabulary: tokenizer.json, or vocab.json with merges.txt, or bpe*.txt.gz");
    }

    /**
     * Reads a file of merges, gzipped if its name says so. Its first line is a comment.
     *
     * @throws WeightsFormatException naming the line that is no merge
     */
    public static ClipVocabulary readMerges(Path file) throws IOException {
        return ofMerges(merges(file));
    }

    /**
     * Reads Hugging Face's pair of files.
     *
     * @throws WeightsFormatException if the files do not fit each other
     */
    public static ClipVocabulary readVocabularyAndMerges(Path vocabulary, Path merges) throws IOException {
        return checked(vocabulary, merges(merges), tokens(vocabulary, parse(vocabulary)));
    }

    /**
     * Reads Hugging Face's one file, if it is of CLIP's kind.
     *
     * @throws WeightsFormatException if it is not
     */
    public static ClipVocabulary readTokenizerJson(Path file) throws IOException {
        JsonNode root = parse(file);
        JsonNode model = root.path("model");
        if (!model.path("end_of_word_suffix").asText().equals(WORD_END)) {
            throw new WeightsFormatException(
                    file + " is no vocabulary of CLIP's kind: its words do not end with " + WORD_END);
        }
        List<String> merges = new ArrayList<>();
        for (JsonNode merge : model.path("merges")) {
            merges.add(
                    merge.isArray()
                            ? merge.path(0).asText() + " " + merge.path(1).asText()
                            : merge.asText());
        }
        ObjectNode ids = model.path("vocab") instanceof ObjectNode vocab ? vocab.deepCopy() : JSON.createObjectNode();
        for (JsonNode added : root.path("added_tokens")) {
            ids.put(added.path("content").asText(), added.path("id").asInt(-1));
        }
        return checked(file, merges, tokens(file, ids));
    }

    private static ClipVocabulary checked(Path file, List<String> merges, List<String> tokens) throws IOException {
        ClipVocabulary expected = ofMerges(merges);
        if (!tokens.equals(expected.tokens())) {
            for (int id = 0; id < Math.min(tokens.size(), expected.tokens().size()); id++) {
                if (!tokens.get(id).equals(expected.tokens().get(id))) {
                    throw new WeightsFormatException(
                            file + ": id " + id + " is \"" + tokens.get(id) + "\", but by its merges it should be \""
                                    + expected.tokens().get(id) + "\"");
                }
            }
            throw new WeightsFormatException(file + " has " + tokens.size() + " tokens, but its merges make "
                    + expected.tokens().size());
        }
        return expected;
    }

    private static List<String> tokens(Path file, JsonNode ids) throws IOException {
        String[] tokens = new String[ids.size()];
        for (Map.Entry<String, JsonNode> entry : ids.properties()) {
            int id = entry.getValue().asInt(-1);
            if (id < 0 || id >= tokens.length || tokens[id] != null) {
                throw new WeightsFormatException(file + ": the id of \"" + entry.getKey() + "\" is " + entry.getValue()
                        + ", which is taken or not in 0.." + (tokens.length - 1));
            }
            tokens[id] = entry.getKey();
        }
        return List.of(tokens);
    }

    private static JsonNode parse(Path file) throws IOException {
        requireSmall(file);
        try (InputStream input = Files.newInputStream(file)) {
            return JSON.readTree(input);
        } catch (JacksonException e) {
            throw new WeightsFormatException(file + " is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static List<String> merges(Path file) throws IOException {
        requireSmall(file);
        List<String> merges = new ArrayList<>();
        try (InputStream raw = Files.newInputStream(file);
                InputStream input = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
                BufferedReader lines = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8))) {
            String comment = lines.readLine();
            String line = lines.readLine();
            for (int number = 2; comment != null && line != null && merges.size() < MOST_MERGES; number++) {
                if (!line.isEmpty()) {
                    if (line.indexOf(' ') <= 0 || line.indexOf(' ') != line.lastIndexOf(' ') || line.endsWith(" ")) {
                        throw new WeightsFormatException(file + ":" + number + " is no pair of tokens");
                    }
                    merges.add(line);
                }
                line = lines.readLine();
            }
        }
        return merges;
    }

    private static void requireSmall(Path file) throws IOException {
        if (Files.size(file) > MOST_FILE_BYTES) {
            throw new WeightsFormatException(file + " has " + Files.size(file) + " bytes, more than the "
                    + MOST_FILE_BYTES + " of any vocabulary");
        }
    }

    /** Start, end and padding token; CLIP pads with zeros, and cleans its texts. */
    public ModelArchitecture.Tokenizer special() {
        return new ModelArchitecture.Tokenizer(tokens.indexOf(START), tokens.indexOf(END), 0, true, true);
    }

    /** Content of the file that {@link #readMerges} reads; no line feed at its end, which the reference takes for a merge. */
    public String mergesFile() {
        return "#version: 0.2\n" + String.join("\n", merges);
    }

    /** The vocabulary of what {@link TokenizerTrainer} learnt in the style {@link TokenizerStyle#CLIP}. */
    public static ClipVocabulary of(TrainedTokenizer trained) throws WeightsFormatException {
        try {
            List<String> merges = new ArrayList<>();
            JSON.readTree(trained.json()).path("model").path("merges").forEach(merge -> merges.add(merge.asText()));
            return ofMerges(merges);
        } catch (IOException e) {
            throw new WeightsFormatException("tokenizer.json: " + e.getMessage(), e);
        }
    }

    /** Content of a {@code tokenizer.json} that gives the same ids for cleaned text. */
    public byte[] tokenizerJson() {
        ObjectNode root = JSON.createObjectNode();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        for (String token : List.of(START, END)) {
            added.addObject()
                    .put("id", tokens.indexOf(token))
                    .put("content", token)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        ObjectNode model = JSON.createObjectNode();
        model.put("type", "BPE").putNull("dropout").put("unk_token", END).put("continuing_subword_prefix", "");
        describe(root, model);
        model.put("fuse_unk", false);
        Map<String, Integer> ids = new HashMap<>();
        ObjectNode vocab = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            if (ids.put(tokens.get(id), id) == null) {
                vocab.put(tokens.get(id), id);
            }
        }
        ArrayNode rules = model.putArray("merges");
        merges.forEach(rules::add);
        root.putNull("post_processor");
        root.set("model", model);
        return root.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The bytes' letters as CLIP orders them, those that can be seen first; then the same at a word's end. */
    static List<String> alphabet() {
        List<String> letters = new ArrayList<>();
        for (boolean printable : new boolean[] {true, false}) {
            for (int unit = 0; unit < BYTES; unit++) {
                if (TokenizerStyle.isPrintable(unit) == printable) {
                    letters.add(TokenizerStyle.byteLetter(unit));
                }
            }
        }
        List<String> all = new ArrayList<>(letters);
        letters.forEach(letter -> all.add(letter + WORD_END));
        return all;
    }

    static void describe(ObjectNode tokenizer, ObjectNode model) {
        ObjectNode normalizer = tokenizer.putObject("normalizer").put("type", "Sequence");
        ArrayNode normalizers = normalizer.putArray("normalizers");
        normalizers.addObject().put("type", "NFC");
        normalizers.addObject().put("type", "Lowercase");
        ObjectNode preTokenizer = tokenizer.putObject("pre_tokenizer").put("type", "Sequence");
        ArrayNode preTokenizers = preTokenizer.putArray("pretokenizers");
        ObjectNode split = preTokenizers.addObject().put("type", "Split");
        split.putObject("pattern").put("Regex", WORDS);
        split.put("behavior", "Removed").put("invert", true);
        preTokenizers
                .addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", false);
        // Joins the letters, turns them back into bytes; the marks of words' ends become spaces first.
        ObjectNode decoder = tokenizer.putObject("decoder").put("type", "Sequence");
        ArrayNode decoders = decoder.putArray("decoders");
        ObjectNode spaces = decoders.addObject().put("type", "Replace");
        spaces.putObject("pattern").put("String", WORD_END);
        spaces.put("content", TokenizerStyle.byteLetter(' '));
        decoders.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", false);
        model.put("end_of_word_suffix", WORD_END);
    }
}
