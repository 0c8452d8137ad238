package dev.capstan.local.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Forms in which pictures with texts come. */
public enum ExampleFormat {
    /** Found by what the path is and how its name ends. */
    AUTO {
        @Override
        ExampleSource open(Path data, Optional<Path> images) throws IOException {
            if (Files.isDirectory(data)) {
                return DIRECTORY.open(data, images);
            }
            String name = data.toString();
            if (name.endsWith(".tar")) {
                return WEBDATASET.open(data, images);
            }
            if (name.endsWith(".json")) {
                return COCO.open(data, images);
            }
            if (name.endsWith(".tsv")) {
                return CC3M.open(data, images);
            }
            throw new IOException(data + " is no directory, .tar, .json or .tsv: say what it is with --format");
        }
    },
    /** Pictures, each with a .txt file of the same name beside it. */
    DIRECTORY {
        @Override
        ExampleSource open(Path data, Optional<Path> images) throws IOException {
            if (!Files.isDirectory(data)) {
                throw new IOException(data + " is no directory");
            }
            return new DirectorySource(data);
        }
    },
    /** A tar archive. */
    WEBDATASET {
        @Override
        ExampleSource open(Path data, Optional<Path> images) {
            return new WebdatasetSource(data);
        }
    },
    /** COCO's or NoCaps' annotation file; needs the pictures' directory. */
    COCO {
        @Override
        ExampleSource open(Path data, Optional<Path> images) throws IOException {
            return new CocoSource(
                    data,
                    images.orElseThrow(() ->
                            new IOException(data + " names pictures only: say where they lie with --images DIR")));
        }
    },
    /** Conceptual Captions' table: a caption, a tab, an address; needs the pictures' directory. */
    CC3M {
        @Override
        ExampleSource open(Path data, Optional<Path> images) throws IOException {
            return new TableSource(
                    data,
                    images.orElseThrow(() ->
                            new IOException(data + " names pictures only: say where they lie with --images DIR")));
        }
    };

    abstract ExampleSource open(Path data, Optional<Path> images) throws IOException;
}
