package dev.capstan.corpora;

import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * One version of a package of the npm registry and what is used of it.
 *
 * @param name for example "@scope/name"
 * @param version exact
 * @param integrity "sha512-" and the digest of the archive in Base64, as npm's lock files have it
 * @param megabytes about how big the archive is, to say what a download takes
 * @param wanted which paths within the package to keep
 */
record NpmPackage(String name, String version, String integrity, int megabytes, Predicate<String> wanted) {

    private static final Pattern NOT_FOR_FILE_NAMES = Pattern.compile("[^A-Za-z0-9._-]+");

    static final String INTEGRITY_ALGORITHM = "sha512-";

    NpmPackage {
        if (!integrity.startsWith(INTEGRITY_ALGORITHM)) {
            throw new IllegalArgumentException("not a sha512 integrity: " + integrity);
        }
    }

    /** Name and version as npm takes them. */
    String specifier() {
        return name + "@" + version;
    }

    /** A file name for what is kept of it. */
    String fileName() {
        return NOT_FOR_FILE_NAMES.matcher(name).replaceAll("") + "-" + version + ".zip";
    }
}
