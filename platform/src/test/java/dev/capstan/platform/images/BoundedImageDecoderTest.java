package dev.capstan.platform.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.capstan.platform.images.DecodeResult.Decoded;
import dev.capstan.platform.images.DecodeResult.Refused;
import java.awt.Color;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedImageDecoderTest {
    private static final int MAX_BYTES = 1 << 20;
    private static final long MAX_PIXELS = 1_000_000;
    private static final long FUZZED_PIXELS = 50_000;
    private static final int TOLERANCE = 12;

    private final BoundedImageDecoder decoder =
            new BoundedImageDecoder(MAX_BYTES, MAX_PIXELS, ImageLimits.allFormats());

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpeg", "gif", "bmp"})
    void shouldDecodeEachFormatByContent(String format) {
        ByteBuffer file = TestImages.halves(format, 64, 48);

        DecodeResult result = decoder.decode(file);

        Decoded picture = decoded(result);
        assertThat(picture.header()).isEqualTo(new ImageHeader(formatOf(format), 64, 48));
        assertHalves(picture.image());
        assertThat(file.position()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lossy.webp",
                "lossless.webp",
                "progressive.jpg",
                "cmyk.jpg",
                "profile.jpg",
                "bottom-up.bmp",
                "palette.png"
            })
    void shouldDecodeWhatOtherProgramsWrite(String name) {
        DecodeResult result = decoder.decode(TestImages.resource(name));

        assertHalves(decoded(result).image());
    }

    @ParameterizedTest
    @ValueSource(strings = {"lossy-clear-right.webp", "lossless-clear-right.webp"})
    void shouldPutTransparentWebpOverTheBackground(String name) {
        DecodeResult result = decoder.decode(TestImages.resource(name));

        BufferedImage image = decoded(result).image();
        assertColour(image.getRGB(10, 24), TestImages.RED);
        assertColour(image.getRGB(50, 24), Color.WHITE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"animated-red-first.gif", "animated-red-first.webp"})
    void shouldTakeTheFirstFrameOfAnAnimation(String name) {
        DecodeResult result = decoder.decode(TestImages.resource(name));

        Decoded picture = decoded(result);
        assertThat(picture.header().width()).isEqualTo(64);
        assertColour(picture.image().getRGB(32, 24), TestImages.RED);
    }

    @Test
    void shouldBlendAlphaOverTheConfiguredBackground() {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0x80FF0000);
        image.setRGB(1, 0, 0x00123456);
        BoundedImageDecoder overGreen = new BoundedImageDecoder(
                new ImageLimits(MAX_BYTES, MAX_PIXELS, MAX_BYTES, ImageLimits.allFormats(), 0x00FF00));

        DecodeResult result = overGreen.decode(TestImages.encode("png", image));

        BufferedImage blended = decoded(result).image();
        assertThat(blended.getRGB(0, 0)).isEqualTo(0xFF807F00);
        assertThat(blended.getRGB(1, 0)).isEqualTo(0xFF00FF00);
        assertThat(blended.getType()).isEqualTo(BufferedImage.TYPE_INT_RGB);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void shouldKeepTheBrightnessOfGreyAtEveryDepth(int bits) {
        DecodeResult result = decoder.decode(TestImages.encode("png", grey(bits, false)));

        assertColour(decoded(result).image().getRGB(1, 1), new Color(100, 100, 100));
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void shouldKeepTheBrightnessOfGreyWithAlpha(int bits) {
        DecodeResult result = decoder.decode(TestImages.encode("png", grey(bits, true)));

        assertColour(decoded(result).image().getRGB(1, 1), new Color(100, 100, 100));
    }

    @Test
    void shouldReduceSixteenBitColourToEight() {
        DecodeResult result = decoder.decode(TestImages.encode("png", sixteenBitColour(200, 100, 50)));

        assertColour(decoded(result).image().getRGB(1, 1), new Color(200, 100, 50));
    }

    @Test
    void shouldReadBytesFromPositionToLimit() {
        ByteBuffer file = TestImages.halves("png", 64, 48);
        ByteBuffer embedded = ByteBuffer.allocateDirect(file.remaining() + 20);
        embedded.position(7).put(file.duplicate());
        embedded.flip().position(7);

        DecodeResult result = decoder.decode(embedded.asReadOnlyBuffer());

        assertHalves(decoded(result).image());
    }

    @Test
    void shouldAcceptAFileOfExactlyTheLimits() {
        ByteBuffer file = TestImages.halves("png", 40, 25);
        BoundedImageDecoder exact = new BoundedImageDecoder(file.remaining(), 1000, ImageLimits.allFormats());

        DecodeResult result = exact.decode(file);

        assertThat(result).isInstanceOf(Decoded.class);
    }

    @Test
    void shouldRefuseOneByteTooMany() {
        ByteBuffer file = TestImages.halves("png", 40, 25);
        BoundedImageDecoder strict = new BoundedImageDecoder(file.remaining() - 1, 1000, ImageLimits.allFormats());

        DecodeResult result = strict.decode(file);

        assertRefused(result, "image-too-many-bytes", file.remaining(), file.remaining() - 1.0);
    }

    @Test
    void shouldRefuseOnePixelTooMany() {
        BoundedImageDecoder strict = new BoundedImageDecoder(MAX_BYTES, 999, ImageLimits.allFormats());

        DecodeResult result = strict.decode(TestImages.halves("png", 40, 25));

        assertRefused(result, "image-too-many-pixels", 1000, 999);
    }

    @Test
    void shouldRefuseABombBeforeAnyPixelIsAllocated() {
        ByteBuffer bomb = pngThatClaims(2_000_000_000, 2_000_000_000);

        DecodeResult result = decoder.decode(bomb);

        assertRefused(result, "image-too-many-pixels", 4e18, MAX_PIXELS);
    }

    @Test
    void shouldRefuseAWebpWhoseChunkIsLargerThanItsCanvas() {
        ByteBuffer lossless = TestImages.resource("lossless.webp");
        ByteBuffer lying = lossless.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        // 14 bits of width less one and 14 of height less one follow the chunk's signature byte.
        lying.putInt(21, 16_383 | 16_383 << 14);

        DecodeResult result = decoder.decode(lying);

        assertRefused(result, "image-too-many-pixels", 16_384.0 * 16_384, MAX_PIXELS);
    }

    @Test
    void shouldRefuseALosslessWebpThatCannotBeReadInSteps() {
        BoundedImageDecoder small = new BoundedImageDecoder(
                new ImageLimits(MAX_BYTES, MAX_PIXELS, 1000, ImageLimits.allFormats(), ImageLimits.WHITE));

        DecodeResult result = small.decode(TestImages.resource("lossless.webp"));

        assertRefused(result, "image-too-many-pixels", 64 * 48, 1000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpeg", "gif", "bmp"})
    void shouldKeepEveryNthPixelOfALargePicture(String format) {
        BoundedImageDecoder small = new BoundedImageDecoder(
                new ImageLimits(MAX_BYTES, MAX_PIXELS, 1000, ImageLimits.allFormats(), ImageLimits.WHITE));

        DecodeResult result = small.decode(TestImages.halves(format, 128, 96));

        Decoded picture = decoded(result);
        assertThat(picture.header().width()).isEqualTo(128);
        assertThat(picture.image().getWidth()).isEqualTo(32);
        assertThat(picture.image().getHeight()).isEqualTo(24);
        assertHalves(picture.image());
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpeg", "gif", "bmp"})
    void shouldRefuseATruncatedFile(String format) {
        ByteBuffer half = TestImages.truncated(noise(format), 0.5);

        DecodeResult result = decoder.decode(half);

        assertUndecodable(result);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lossy.webp", "lossless.webp"})
    void shouldRefuseATruncatedWebp(String name) {
        DecodeResult result = decoder.decode(TestImages.truncated(TestImages.resource(name), 0.8));

        assertUndecodable(result);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "<html><body>404</body></html>", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"})
    void shouldRefuseWhatIsNoImage(String content) {
        DecodeResult result = decoder.decode(ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8)));

        assertUndecodable(result);
    }

    @Test
    void shouldRefuseAFormatThatIsNotAllowed() {
        BoundedImageDecoder pngOnly = new BoundedImageDecoder(MAX_BYTES, MAX_PIXELS, Set.of(ImageFormat.PNG));

        DecodeResult result = pngOnly.decode(TestImages.halves("gif", 8, 8));

        assertUndecodable(result);
    }

    @Test
    void shouldAskTheCallerBeforeReadingPixels() {
        ByteBuffer headerOnly = TestImages.truncated(TestImages.halves("png", 64, 48), 0.4);
        HeaderCheck wide = header -> Optional.of(Refused.of("image-aspect", header.aspect(), 1.0, "Too wide."));

        DecodeResult result = decoder.decode(headerOnly, wide);

        assertRefused(result, "image-aspect", 64.0 / 48, 1.0);
    }

    @Test
    void shouldRefuseAJpegThatAsksForThousandsOfPasses() {
        byte[] progressive = TestImages.resource("progressive.jpg").array();
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        int end = progressive.length - 2;
        int lastScan = lastScan(progressive);
        file.write(progressive, 0, end);
        for (int scan = 0; scan < 1000; scan++) {
            file.write(progressive, lastScan, end - lastScan);
        }
        file.write(progressive, end, 2);

        DecodeResult result = decoder.decode(ByteBuffer.wrap(file.toByteArray()));

        assertUndecodable(result);
    }

    @Test
    void shouldRefuseAPictureInsideABmp() {
        ByteBuffer bmp = TestImages.resource("bottom-up.bmp").order(ByteOrder.LITTLE_ENDIAN);
        bmp.putInt(30, 5);

        DecodeResult result = decoder.decode(bmp);

        assertUndecodable(result);
    }

    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    @ParameterizedTest
    @ValueSource(
            strings = {
                "lossy.webp",
                "lossless.webp",
                "lossy-clear-right.webp",
                "animated-red-first.webp",
                "animated-red-first.gif",
                "progressive.jpg",
                "cmyk.jpg",
                "bottom-up.bmp",
                "palette.png"
            })
    void shouldAnswerWhateverIsWrongWithTheBytes(String name) {
        byte[] original = TestImages.resource(name).array();
        BoundedImageDecoder small = new BoundedImageDecoder(MAX_BYTES, FUZZED_PIXELS, ImageLimits.allFormats());
        Random random = new Random(name.hashCode());

        for (int round = 0; round < 300; round++) {
            byte[] bytes = original.clone();
            int damages = 1 + random.nextInt(6);
            for (int damage = 0; damage < damages; damage++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }

            DecodeResult result = small.decode(ByteBuffer.wrap(bytes));

            result.decoded()
                    .ifPresent(picture -> assertThat((long) picture.image().getWidth()
                                    * picture.image().getHeight())
                            .isLessThanOrEqualTo(FUZZED_PIXELS));
            result.refused()
                    .ifPresent(
                            refused -> assertThat(refused.detail()).isNotBlank().hasSizeLessThan(400));
        }
    }

    private static Decoded decoded(DecodeResult result) {
        assertThat(result).isInstanceOf(Decoded.class);
        return result.decoded().orElseThrow();
    }

    private static void assertUndecodable(DecodeResult result) {
        Refused refused = result.refused().orElseThrow();
        assertThat(refused.rule()).isEqualTo("image-undecodable");
        assertThat(refused.score()).isEmpty();
        assertThat(refused.detail()).endsWith(".");
    }

    private static void assertRefused(DecodeResult result, String rule, double score, double threshold) {
        Refused refused = result.refused().orElseThrow();
        assertThat(refused.rule()).isEqualTo(rule);
        assertThat(refused.score()).isEqualTo(OptionalDouble.of(score));
        assertThat(refused.threshold()).isEqualTo(OptionalDouble.of(threshold));
    }

    private static void assertHalves(BufferedImage image) {
        assertColour(image.getRGB(image.getWidth() / 4, image.getHeight() / 2), TestImages.RED);
        assertColour(image.getRGB(image.getWidth() * 3 / 4, image.getHeight() / 2), TestImages.BLUE);
    }

    private static void assertColour(int actual, Color expected) {
        Color colour = new Color(actual);
        assertThat(colour.getRed()).isCloseTo(expected.getRed(), within(TOLERANCE));
        assertThat(colour.getGreen()).isCloseTo(expected.getGreen(), within(TOLERANCE));
        assertThat(colour.getBlue()).isCloseTo(expected.getBlue(), within(TOLERANCE));
    }

    private static ImageFormat formatOf(String label) {
        for (ImageFormat format : ImageFormat.values()) {
            if (format.label().equals(label)) {
                return format;
            }
        }
        throw new IllegalArgumentException(label);
    }

    private static BufferedImage grey(int bits, boolean alpha) {
        int transfer = bits == 8 ? DataBuffer.TYPE_BYTE : DataBuffer.TYPE_USHORT;
        int full = bits == 8 ? 255 : 65_535;
        ColorModel model = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_GRAY),
                alpha,
                false,
                alpha ? ColorModel.TRANSLUCENT : ColorModel.OPAQUE,
                transfer);
        WritableRaster raster = Raster.createInterleavedRaster(transfer, 4, 4, alpha ? 2 : 1, null);
        for (int index = 0; index < 16; index++) {
            raster.setSample(index % 4, index / 4, 0, full * 100 / 255);
            if (alpha) {
                raster.setSample(index % 4, index / 4, 1, full);
            }
        }
        return new BufferedImage(model, raster, false, null);
    }

    private static BufferedImage sixteenBitColour(int... eightBits) {
        ColorModel model = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, ColorModel.OPAQUE, DataBuffer.TYPE_USHORT);
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_USHORT, 4, 4, 3, null);
        for (int index = 0; index < 16; index++) {
            for (int band = 0; band < 3; band++) {
                raster.setSample(index % 4, index / 4, band, eightBits[band] * 257);
            }
        }
        return new BufferedImage(model, raster, false, null);
    }

    private static ByteBuffer noise(String format) {
        Random random = new Random(1);
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        for (int index = 0; index < 64 * 64; index++) {
            image.setRGB(index % 64, index / 64, random.nextInt(1 << 24));
        }
        return TestImages.encode(format, image);
    }

    private static int lastScan(byte[] jpeg) {
        for (int index = jpeg.length - 2; index > 0; index--) {
            if ((jpeg[index] & 0xFF) == 0xFF && (jpeg[index + 1] & 0xFF) == 0xDA) {
                return index;
            }
        }
        throw new IllegalStateException("no scan");
    }

    /** The signature and a header chunk, and nothing else. */
    private static ByteBuffer pngThatClaims(int width, int height) {
        ByteBuffer header = ByteBuffer.allocate(17);
        header.put("IHDR".getBytes(StandardCharsets.US_ASCII));
        header.putInt(width).putInt(height).put((byte) 8).put((byte) 2).putShort((short) 0);
        CRC32 checksum = new CRC32();
        checksum.update(header.array());
        ByteBuffer file = ByteBuffer.allocate(8 + 4 + 17 + 4);
        file.putLong(0x89504E470D0A1A0AL).putInt(13).put(header.array()).putInt((int) checksum.getValue());
        return file.flip();
    }
}
