package dev.capstan.platform.images;

import dev.capstan.platform.images.DecodeResult.Decoded;
import dev.capstan.platform.images.DecodeResult.Refused;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.imageio.IIOException;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;

/**
 * Decodes image files of unknown origin within stated bounds. The format is found by content, the dimensions are read
 * and judged before a pixel is allocated, and what comes out is 8-bit sRGB without alpha; of an animation it is the first
 * frame. Embedded colour profiles and orientation tags are not applied.
 *
 * <p>A file that cannot be decoded is a {@link Refused} with the rule {@value #UNDECODABLE}, whatever the reader throws;
 * only an error of the virtual machine (out of memory) passes through, except a stack overflow, which is the file's doing.
 *
 * <p>Without state: any number of threads may call it at the same time.
 */
public final class BoundedImageDecoder {

    public static final String UNDECODABLE = "image-undecodable";
    public static final String TOO_MANY_BYTES = "image-too-many-bytes";
    public static final String TOO_MANY_PIXELS = "image-too-many-pixels";

    // Encoders write about ten scans; each costs a pass over all pixels, so that a small file could ask for hours.
    private static final int MAX_JPEG_SCANS = 100;
    private static final int BMP_COMPRESSION_OFFSET = 30;
    private static final int BMP_LAST_PLAIN_COMPRESSION = 3;
    private static final int MAX_DETAIL_CHARACTERS = 200;

    private final ImageLimits limits;
    private final Map<ImageFormat, ImageReaderSpi> providers;

    /** A decoder over white with the default bound of decoded pixels. */
    public BoundedImageDecoder(int maxBytes, long maxPixels, Set<ImageFormat> formats) {
        this(new ImageLimits(maxBytes, maxPixels, formats));
    }

    /** @throws IllegalStateException if no reader for one of the formats is on the class path */
    public BoundedImageDecoder(ImageLimits limits) {
        this.limits = limits;
        this.providers = new EnumMap<>(ImageFormat.class);
        for (ImageFormat format : limits.formats()) {
            providers.put(format, provider(format));
        }
    }

    public ImageLimits limits() {
        return limits;
    }

    /** Decodes the file between the buffer's position and limit; neither moves. */
    public DecodeResult decode(ByteBuffer file) {
        return decode(file, HeaderCheck.NONE);
    }

    /** Decodes the file unless its format and dimensions are refused by this decoder or by the given check. */
    public DecodeResult decode(ByteBuffer file, HeaderCheck check) {
        if (file.remaining() > limits.maxBytes()) {
            return Refused.of(
                    TOO_MANY_BYTES,
                    file.remaining(),
                    limits.maxBytes(),
                    "The image has " + file.remaining() + " bytes; at most " + limits.maxBytes() + " are read.");
        }
        Optional<ImageFormat> format = ImageFormat.detect(file);
        if (format.isEmpty()) {
            return undecodable("The bytes are of no known image format; they begin with " + firstBytes(file) + ".");
        }
        ImageReaderSpi provider = providers.get(format.get());
        if (provider == null) {
            return undecodable("Images of format " + format.get().label() + " are not read.");
        }
        try {
            return read(file, format.get(), provider, check);
        } catch (StackOverflowError error) {
            return undecodable("The " + format.get().label() + " image nests too deeply.");
        } catch (VirtualMachineError error) {
            throw error;
        } catch (Throwable failure) {
            return undecodable("The " + format.get().label() + " image cannot be decoded: " + reason(failure) + ".");
        }
    }

    private DecodeResult read(ByteBuffer file, ImageFormat format, ImageReaderSpi provider, HeaderCheck check)
            throws IOException {
        Optional<JpegStructure> jpeg =
                format == ImageFormat.JPEG ? Optional.of(JpegStructure.of(file)) : Optional.empty();
        Optional<Refused> malformed = switch (format) {
            case JPEG -> jpeg.flatMap(BoundedImageDecoder::refuse);
            case BMP -> refuseBmp(file);
            case WEBP -> refuse(WebpStructure.of(file));
            case PNG, GIF -> Optional.empty();
        };
        if (malformed.isPresent()) {
            return malformed.get();
        }
        ImageReader reader = provider.createReaderInstance();
        // Not closed: the stream holds nothing but the buffer.
        ByteBufferImageInputStream input = new ByteBufferImageInputStream(file);
        try {
            TruncationListener truncation = new TruncationListener();
            reader.addIIOReadWarningListener(truncation);
            // Not forward-only: readers of animations then keep nothing and may go back to the first frame.
            reader.setInput(input, false, true);
            ImageHeader header = new ImageHeader(format, reader.getWidth(0), reader.getHeight(0));
            if (header.width() < 1 || header.height() < 1) {
                return undecodable("The image claims a size of " + header.width() + " x " + header.height() + ".");
            }
            if (header.pixels() > limits.maxPixels()) {
                return tooManyPixels(header.pixels(), limits.maxPixels(), header.width() + " x " + header.height());
            }
            Optional<Refused> unwanted = check.check(header);
            if (unwanted.isPresent()) {
                return unwanted.get();
            }
            BufferedImage image = pixels(reader, jpeg, header);
            if (truncation.seen()) {
                return undecodable("The " + format.label() + " image ends too early.");
            }
            return new Decoded(image, header);
        } finally {
            reader.dispose();
        }
    }

    private BufferedImage pixels(ImageReader reader, Optional<JpegStructure> jpeg, ImageHeader header)
            throws IOException {
        ImageReadParam parameters = reader.getDefaultReadParam();
        int step = step(header.pixels());
        if (step > 1) {
            parameters.setSourceSubsampling(step, step, 0, 0);
        }
        if (jpeg.isPresent() && jpeg.get().components() == 4) {
            Raster inks = reader.readRaster(0, parameters);
            return SrgbPixels.ofInks(inks, jpeg.get().adobeTransform());
        }
        Optional<ImageTypeSpecifier> plain = jpeg.isPresent() ? plainType(reader) : Optional.empty();
        if (plain.isPresent() && step == 1 && plain.get().getNumBands() == 3) {
            parameters.setDestination(inOrder(plain.get(), header));
        } else {
            plain.ifPresent(parameters::setDestinationType);
        }
        return SrgbPixels.over(reader.read(0, parameters), limits.background());
    }

    /** A picture with red first, as the JPEG reader's rows are: it copies them then, and turns each pixel around else. */
    private static BufferedImage inOrder(ImageTypeSpecifier plain, ImageHeader header) {
        return ImageTypeSpecifier.createInterleaved(
                        plain.getColorModel().getColorSpace(), new int[] {0, 1, 2}, DataBuffer.TYPE_BYTE, false, false)
                .createBufferedImage(header.width(), header.height());
    }

    /** The reader's sRGB type, so that it does not build images in the colour space of an embedded profile. */
    private static Optional<ImageTypeSpecifier> plainType(ImageReader reader) throws IOException {
        Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
        Optional<ImageTypeSpecifier> rgb = Optional.empty();
        while (types.hasNext()) {
            ImageTypeSpecifier type = types.next();
            int code = type.getBufferedImageType();
            if (code == BufferedImage.TYPE_BYTE_GRAY && rgb.isEmpty()) {
                return Optional.of(type);
            }
            if (code == BufferedImage.TYPE_3BYTE_BGR) {
                return Optional.of(type);
            }
            if (type.getNumBands() == 3 && type.getColorModel().getColorSpace().isCS_sRGB()) {
                rgb = Optional.of(type);
            }
        }
        return rgb;
    }

    /** Every how many pixels one is kept, so that the bound of decoded pixels holds. */
    private int step(long pixels) {
        if (pixels <= limits.maxDecodedPixels()) {
            return 1;
        }
        return (int) Math.ceil(Math.sqrt((double) pixels / limits.maxDecodedPixels()));
    }

    private static Optional<Refused> refuse(JpegStructure structure) {
        if (structure.scans() <= MAX_JPEG_SCANS) {
            return Optional.empty();
        }
        return Optional.of(undecodable(
                "The jpeg image has " + structure.scans() + " scans; at most " + MAX_JPEG_SCANS + " are decoded."));
    }

    private Optional<Refused> refuse(WebpStructure structure) {
        if (!structure.complete()) {
            return Optional.of(undecodable("The webp image ends too early."));
        }
        if (structure.decodedPixels() > limits.maxPixels()) {
            return Optional.of(tooManyPixels(structure.decodedPixels(), limits.maxPixels(), "in its chunks"));
        }
        if (structure.wholePixels() > limits.maxDecodedPixels()) {
            return Optional.of(tooManyPixels(structure.wholePixels(), limits.maxDecodedPixels(), "without loss"));
        }
        return Optional.empty();
    }

    /** A JPEG or PNG inside a BMP would be decoded with dimensions that nobody has judged. */
    private static Optional<Refused> refuseBmp(ByteBuffer file) {
        if (file.remaining() < BMP_COMPRESSION_OFFSET + Integer.BYTES || !hasCompressionField(file)) {
            return Optional.empty();
        }
        int compression =
                file.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(file.position() + BMP_COMPRESSION_OFFSET);
        if (compression >= 0 && compression <= BMP_LAST_PLAIN_COMPRESSION) {
            return Optional.empty();
        }
        return Optional.of(undecodable("The bmp image has the compression " + compression + "."));
    }

    /** The oldest header, of 12 bytes, has no such field. */
    private static boolean hasCompressionField(ByteBuffer file) {
        return file.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(file.position() + 14) >= 40;
    }

    private static Refused tooManyPixels(long pixels, long limit, String where) {
        return Refused.of(
                TOO_MANY_PIXELS,
                (double) pixels,
                (double) limit,
                "The image has " + pixels + " pixels (" + where + "); at most " + limit + " are decoded.");
    }

    private static Refused undecodable(String detail) {
        return Refused.of(UNDECODABLE, detail);
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure instanceof IIOException && failure.getCause() != null ? failure.getCause() : failure;
        String message = cause.getMessage();
        String text = cause.getClass().getSimpleName() + (message == null ? "" : " (" + message + ")");
        return text.length() <= MAX_DETAIL_CHARACTERS ? text : text.substring(0, MAX_DETAIL_CHARACTERS);
    }

    private static String firstBytes(ByteBuffer file) {
        StringBuilder text = new StringBuilder();
        for (int index = 0; index < Math.min(8, file.remaining()); index++) {
            text.append(String.format(Locale.ROOT, "%02x", file.get(file.position() + index)));
        }
        return text.isEmpty() ? "nothing" : text.toString();
    }

    private static ImageReaderSpi provider(ImageFormat format) {
        // By package, so that a plug-in which happens to be on the class path changes no result.
        String origin = format == ImageFormat.WEBP ? "com.twelvemonkeys.imageio.plugins." : "com.sun.imageio.plugins.";
        Iterator<ImageReaderSpi> providers =
                IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, true);
        while (providers.hasNext()) {
            ImageReaderSpi provider = providers.next();
            if (provider.getClass().getName().startsWith(origin) && reads(provider, format)) {
                return provider;
            }
        }
        throw new IllegalStateException("no image reader of " + origin + " for " + format.label());
    }

    private static boolean reads(ImageReaderSpi provider, ImageFormat format) {
        for (String name : provider.getFormatNames()) {
            if (name.equalsIgnoreCase(format.label())) {
                return true;
            }
        }
        return false;
    }
}
