package dev.capstan.corpora;

import static dev.capstan.corpora.PngEncoder.putChunk;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** What a crawl carries besides good pairs. Each kind names the family of rules that should refuse it. */
public enum CrawlDirt {
    /** A file that ends in the middle. */
    TRUNCATED_FILE(RuleFamily.DECODING, 1) {
        @Override
        Spoilt spoil(Spoilt clean, RandomGenerator random) {
            byte[] whole = bytesOf(clean.image());
            // Readers show what there is of a JPEG that ends within its picture: cut it within its tables.
            int longest = clean.contentType().equals("image/jpeg") ? JPEG_TABLES_BYTES : whole.length / 2;
            return clean.with(Arrays.copyOf(whole, random.nextInt(16, longest)));
        }
    },
    /** Random bytes under an image's content type. */
    GARBAGE(RuleFamily.DECODING, 1) {
        @Override
        Spoilt spoil(Spoilt clean, RandomGenerator random) {
            byte[] noise = new byte[random.nextInt(200, 2000)];
            random.nextBytes(noise);
            return clean.with(noise);
        }
    },
    /** A file of no bytes. */
    EMPTY_FILE(RuleFamily.DECODING, 0.3) {
        @Override
        Spoilt spoil(Spoilt clean, RandomGenerator random) {
            return clean.with(new byte[0]);
        }
    },
    /** An error page that is called a PNG. */
    HTML_PAGE(RuleFamily.DECODING, 1) {
        @Override
        Spoilt spoil(Spoilt clean, RandomGenerator random) {
            String page = "<!DOCTYPE html><html><head><title>404</title></head><body><h1>Not found</h1><p>Request "
                    + Long.toHexString(random.nextLong()) + "</p></body></html>\n";
            return clean.with(page.getBytes(StandardCharsets.UTF_8)).as("image/png");
        }
    },
    /** A tracking pixel. */
    ONE_PIXEL(RuleFamily.DIMENSIONS, 1) {
        @Override
        Spoilt spoil(Spoilt clean, RandomGenerator random) {
            return clean.withPng(noise(1, 1, random));
        }
    },
    /** A banner or a rule: one side is very much longer than the other. */
    EXTREME_ASPECT(RuleFamily.ASPECT, 1) {
        @Override
        Spoilt spoil(Spoilt clean, RandomGenerator random) {
            int shorter = random.nextInt(40, 60);
            int longer = shorter * random.nextInt(8, 16);
            return clean.withPng(random.nextBoolean() ? flat(longer, shorter, random) : flat(shorter, longer, random));
        }
    },
    /** A small file whose header promises gigabytes of pixels. */
    DECOMPRESSION_BOMB(RuleFamily.DIMENSIONS, 0.5) {
        @Override
        Spoilt spoil(Spoilt clean, RandomGenerator random) {
            ByteBuffer file = ByteBuffer.allocate(256).put(PngEncoder.SIGNATURE);
            putChunk(file, "IHDR", PngEncoder.header(random.nextInt(30_000, 60_000), random.nextInt(30_000, 60_000)));
            // A real stream of zeros would go on; its beginning is enough to make a careless reader allocate.
            putChunk(file, "IDAT", new byte[] {0x78, 0x01, 0x63, 0x60, 0, 0, 0, 2, 0, 1});
            putChunk(file, "IEND", new byte[0]);
            return clean.withPng(file.flip());
        }
    },
    /** A good picture in a file of megabytes. */
    OVERSIZED_FILE(RuleFamily.BYTES, 0.02) {
        @Override
        Spoilt spoil(Spoilt clean, RandomGenerator random) {
            byte[] padding = new byte[OVERSIZED_BYTES];
            random.nextBytes(padding);
            ByteBuffer picture = flat(64, 64, random);
            int headerEnd = PngEncoder.SIGNATURE.length + 25;
            ByteBuffer file = ByteBuffer.allocate(picture.remaining() + OVERSIZED_BYTES + 12);
            file.put(picture.slice(0, headerEnd));
            // An ancillary, private chunk, which every decoder skips.
            putChunk(file, "paDd", padding);
            file.put(picture.slice(headerEnd, picture.remaining() - headerEnd));
            return clean.withPng(file.flip());
        }
    },
    /** No text, or nothing but white space. */
    EMPTY_TEXT(RuleFamily.TEXT, 1) {
        @Override
        Spoilt spoil(Spoilt clean, RandomGenerator random) {
            return clean.with(List.of("", " ", "\t\n", "\u00a0 \u200b").get(random.nextInt(4)));
        }
    },
    /** The name that a camera or a tool gave to the file. */
    FILE_NAME_TEXT(RuleFamily.TEXT, 1) {
        @Override
        Spoilt spoil(Spoilt clean, RandomGenerator random) {
            int number = random.nextInt(10_000);
            List<String> names = List.of(
                    "IMG_%04d.jpg".formatted(number),
                    "DSC%05d.JPG".formatted(number),
                    "%08x_thumb_%dx%d.png".formatted(random.nextInt(), number % 300, number % 200),
                    "untitled-%d.webp".formatted(number));
            return clean.with(names.get(random.nextInt(names.size())));
        }
    },
    /** One word or one character over and over. */
    REPEATED_TEXT(RuleFamily.TEXT, 1) {
        @Override
        Spoilt spoil(Spoilt clean, RandomGenerator random) {
            String token = List.of("buy ", "click here ", "=", "free ", ".").get(random.nextInt(5));
            return clean.with(token.repeat(random.nextInt(15, 40)).strip());
        }
    },
    /** A whole page's text beside one picture. */
    ENDLESS_TEXT(RuleFamily.TEXT, 0.5) {
        @Override
        Spoilt spoil(Spoilt clean, RandomGenerator random) {
            StringBuilder text = new StringBuilder();
            int words = random.nextInt(800, 2000);
            for (int word = 0; word < words; word++) {
                text.append(Long.toString(random.nextLong(36L * 36 * 36 * 36 * 36), 36))
                        .append(' ');
            }
            return clean.with(text.toString().strip());
        }
    },
    /** An earlier pair once more, from the same address. */
    REPEATED_PAIR(RuleFamily.DUPLICATE, 1) {
        @Override
        Spoilt spoil(Spoilt clean, RandomGenerator random) {
            return clean;
        }
    },
    /** An earlier image and text once more, from another address. */
    MIRRORED_PAIR(RuleFamily.DUPLICATE, 1) {
        @Override
        Spoilt spoil(Spoilt clean, RandomGenerator random) {
            return clean;
        }
    };

    /** The size that {@link #OVERSIZED_FILE} adds: more than a curation policy takes, less than a topic does. */
    public static final int OVERSIZED_BYTES = 3 * 1024 * 1024;

    private static final int JPEG_TABLES_BYTES = 300;

    private final RuleFamily family;
    private final double weight;

    CrawlDirt(RuleFamily family, double weight) {
        this.family = family;
        this.weight = weight;
    }

    /** The rules that should refuse it. */
    public RuleFamily family() {
        return family;
    }

    /** How often it occurs, relative to the other kinds. */
    double weight() {
        return weight;
    }

    /** Whether it is an earlier pair that comes again, rather than a pair that was spoilt. */
    boolean isDuplicate() {
        return family == RuleFamily.DUPLICATE;
    }

    /** The dirty form of a clean pair. */
    abstract Spoilt spoil(Spoilt clean, RandomGenerator random);

    private static byte[] bytesOf(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static ByteBuffer noise(int width, int height, RandomGenerator random) {
        int[] pixels = random.ints((long) width * height, 0, 0x1000000).toArray();
        return PngEncoder.encodeOnce(pixels, width, height);
    }

    private static ByteBuffer flat(int width, int height, RandomGenerator random) {
        int[] pixels = new int[width * height];
        Arrays.fill(pixels, random.nextInt(0x1000000));
        return PngEncoder.encodeOnce(pixels, width, height);
    }

    /** What dirt can change of a pair. */
    record Spoilt(ByteBuffer image, String contentType, String text) {

        Spoilt with(byte[] newImage) {
            return new Spoilt(ByteBuffer.wrap(newImage), contentType, text);
        }

        Spoilt withPng(ByteBuffer newImage) {
            return new Spoilt(newImage, "image/png", text);
        }

        Spoilt as(String newContentType) {
            return new Spoilt(image, newContentType, text);
        }

        Spoilt with(String newText) {
            return new Spoilt(image, contentType, newText);
        }
    }
}
