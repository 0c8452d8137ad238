package dev.capstan.corpora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Puts the files of the packages together: an emoji becomes a concept if it has a name and enough vendors drew it.
 * Skin tones are left out, they are shades of the same picture. Animals are the new concepts.
 */
final class EmojiCorpus {

    static final String NAME = "emoji";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern PLAIN_WORDS = Pattern.compile("[\\p{L}\\p{M} '’-]{2,40}");
    private static final String VARIATION_SELECTOR = "\ufe0f";
    private static final String HEXADECIMAL_VARIATION_SELECTOR = "-FE0F";
    private static final String ANIMALS = "animal-";
    /** Categories whose mirror images mean something else, or nothing. */
    private static final Set<String> DIRECTED = Set.of("Symbols", "Flags", "Travel & Places");

    private static final int FEWEST_VENDORS = 3;

    private final EmojiSource source;
    private final PackageStore store;
    private final int sidePixels;

    EmojiCorpus(EmojiSource source, PackageStore store, int sidePixels) {
        this.source = source;
        this.store = store;
        this.sidePixels = sidePixels;
    }

    /** The corpus, with pictures that are drawn from their files each time. */
    Pictures read() throws IOException {
        JsonNode names = annotations(source.names(), EmojiSource.NAMES_PATH, "annotations");
        JsonNode derived = annotations(source.derivedNames(), EmojiSource.DERIVED_NAMES_PATH, "annotationsDerived");
        List<Map<String, byte[]>> files = new ArrayList<>();
        for (EmojiSource.Vendor vendor : source.vendors()) {
            files.add(store.files(vendor.npmPackage()));
        }
        List<Concept> concepts = new ArrayList<>();
        for (JsonNode emoji : JSON.readTree(required(files.get(0), EmojiSource.LIST_PATH))) {
            if (emoji.path("category").asText().equals("Component")) {
                continue;
            }
            String hexadecimal = emoji.path("unified").asText();
            Optional<JsonNode> named = named(characters(hexadecimal), names, derived);
            Map<String, Picture> pictures = pictures(hexadecimal, files);
            if (named.isPresent()
                    && pictures.size()
                            >= Math.min(FEWEST_VENDORS, source.vendors().size())) {
                concepts.add(concept(named.get(), emoji, pictures));
            }
        }
        return new Pictures(
                NAME, source.vendors().stream().map(EmojiSource.Vendor::name).toList(), concepts);
    }

    private Map<String, Picture> pictures(String hexadecimal, List<Map<String, byte[]>> files) {
        Map<String, Picture> pictures = new LinkedHashMap<>();
        for (int at = 0; at < files.size(); at++) {
            EmojiSource.Vendor vendor = source.vendors().get(at);
            Map<String, byte[]> drawn = files.get(at);
            for (String points : List.of(hexadecimal, hexadecimal.replace(HEXADECIMAL_VARIATION_SELECTOR, ""))) {
                String path = vendor.folder() + vendor.fileName().apply(points);
                byte[] content = drawn.get(path);
                if (content != null) {
                    pictures.put(vendor.name(), new PictureFile(path, content, sidePixels));
                    break;
                }
            }
        }
        return pictures;
    }

    private static Concept concept(JsonNode named, JsonNode emoji, Map<String, Picture> pictures) {
        String name = plainName(named);
        Set<String> keyWords = new LinkedHashSet<>();
        named.path("default").forEach(word -> keyWords.add(word.asText().toLowerCase(Locale.ROOT)));
        keyWords.remove(name);
        keyWords.removeIf(word -> !PLAIN_WORDS.matcher(word).matches());
        String category = emoji.path("category").asText();
        String subcategory = emoji.path("subcategory").asText();
        Novelty novelty = subcategory.startsWith(ANIMALS) ? Novelty.NEW : Novelty.KNOWN;
        boolean mirrorable = !DIRECTED.contains(category);
        return new Concept(name, List.copyOf(keyWords), category, subcategory, novelty, mirrorable, pictures);
    }

    private static String plainName(JsonNode named) {
        return named.path("tts").path(0).asText().toLowerCase(Locale.ROOT);
    }

    private static Optional<JsonNode> named(String characters, JsonNode names, JsonNode derived) {
        String bare = characters.replace(VARIATION_SELECTOR, "");
        return Stream.of(names.path(bare), names.path(characters), derived.path(bare), derived.path(characters))
                .filter(node -> !plainName(node).isBlank())
                .findFirst();
    }

    private JsonNode annotations(NpmPackage npmPackage, String path, String root) throws IOException {
        return JSON.readTree(required(store.files(npmPackage), path)).path(root).path("annotations");
    }

    private static byte[] required(Map<String, byte[]> files, String path) throws IOException {
        byte[] content = files.get(path);
        if (content == null) {
            throw new IOException("the package has no " + path + " but " + files.size() + " other files");
        }
        return content;
    }

    /** From "1F408-200D-2B1B" to the text it stands for. */
    private static String characters(String hexadecimal) {
        return Arrays.stream(hexadecimal.split("-", -1))
                .map(point -> Character.toString(Integer.parseInt(point, 16)))
                .collect(Collectors.joining());
    }
}
