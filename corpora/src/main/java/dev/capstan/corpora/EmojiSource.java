package dev.capstan.corpora;

import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Where the emoji corpus comes from: four packages of pictures, two of names.
 *
 * @param vendors the packages of pictures; the first also lists the emoji ("emoji.json")
 * @param names the package of names and key words of single emoji
 * @param derivedNames the package of names of sequences, such as flags
 */
record EmojiSource(List<Vendor> vendors, NpmPackage names, NpmPackage derivedNames) {

    static final String LIST_PATH = "emoji.json";
    static final String NAMES_PATH = "annotations/en/annotations.json";
    static final String DERIVED_NAMES_PATH = "annotationsDerived/en/annotations.json";

    private static final Pattern SKIN_TONE = Pattern.compile("(^|[-/])1f3f[b-f]([-.]|$)", Pattern.CASE_INSENSITIVE);

    EmojiSource {
        vendors = List.copyOf(vendors);
    }

    /** The packages as they were published, by exact version and digest. */
    static EmojiSource published() {
        return new EmojiSource(
                List.of(
                        vendor(
                                "google",
                                "emoji-datasource-google",
                                "16.0.0",
                                "sha512-ZRexfzs7MVoLnmzZmNsO4TKhnAJp5D++Vm6PpUpH/jEQQlemp3l88CjZ+DoZ2faM9R4QxZkOPJCoT8DlPhfQ3A==",
                                75,
                                "img/google/64/",
                                EmojiSource::lowerCasePng),
                        vendor(
                                "twitter",
                                "emoji-datasource-twitter",
                                "16.0.0",
                                "sha512-7F+uCuHH+7Qnrc15P5tnbvKkg9E6tlzi4MnT2uW1RlN4pLYTza6cP/dstIfSDMtpjFLWuZewWg8jBbuL2eyELQ==",
                                62,
                                "img/twitter/64/",
                                EmojiSource::lowerCasePng),
                        vendor(
                                "openmoji",
                                "openmoji",
                                "17.0.0",
                                "sha512-EBnYrNGdcdw+OSXmENeNE1yBNRu6tOraTmoOyUbJkTmvT/+XETp8RZLSJFzD3lrPc5N9CzsyPnRTk0Vp4UaI9w==",
                                5,
                                "color/svg/",
                                hexadecimal -> hexadecimal + ".svg"),
                        vendor(
                                "fluent",
                                "@lobehub/fluent-emoji-3d",
                                "1.1.0",
                                "sha512-Wlq2lVStTnr8BDpIJ0pEnTKO4LuDxxqTEhTvRtD1DLRF0me7ogeRQjKoehDHXuVJ2Qaecgl5wRBv60lUAG3h7g==",
                                16,
                                "assets/",
                                hexadecimal -> hexadecimal.toLowerCase(Locale.ROOT) + ".webp")),
                new NpmPackage(
                        "cldr-annotations-full",
                        "48.2.0",
                        "sha512-DV7A+rEcgUSNTRsVGNGqBZRmAkGfwhGHO5Q1dRwzBoBnVrHWp804JP7/QJdEc66iHmx3+zLWVIMCFLm0lW7PUQ==",
                        7,
                        NAMES_PATH::equals),
                new NpmPackage(
                        "cldr-annotations-derived-full",
                        "48.2.0",
                        "sha512-log62km+AOzI7n/NEuNNFV0mg9DWnt67EYCh1RwxZq9dyRuyteB586LT83Ke8TchEfnwI9cIk2P31zO4nTvZmw==",
                        5,
                        DERIVED_NAMES_PATH::equals));
    }

    /** Tells which versions a cache was made from. */
    String fingerprint() {
        StringBuilder everything = new StringBuilder();
        vendors.forEach(vendor ->
                everything.append(vendor.name()).append(vendor.npmPackage().integrity()));
        return everything
                .append(names.integrity())
                .append(derivedNames.integrity())
                .toString();
    }

    static Vendor vendor(
            String name,
            String packageName,
            String version,
            String integrity,
            int megabytes,
            String folder,
            UnaryOperator<String> fileName) {
        NpmPackage npmPackage = new NpmPackage(
                packageName,
                version,
                integrity,
                megabytes,
                path -> path.equals(LIST_PATH)
                        || (path.startsWith(folder)
                                && !SKIN_TONE
                                        .matcher(path.substring(folder.length()))
                                        .find()));
        return new Vendor(name, npmPackage, folder, fileName);
    }

    static String lowerCasePng(String hexadecimal) {
        return hexadecimal.toLowerCase(Locale.ROOT) + ".png";
    }

    /**
     * A package of pictures.
     *
     * @param folder where they lie
     * @param fileName from the emoji's code points, as in "1F408-200D-2B1B", to the file's name
     */
    record Vendor(String name, NpmPackage npmPackage, String folder, UnaryOperator<String> fileName) {}
}
