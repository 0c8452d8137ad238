package dev.capstan.corpora;

import com.github.weisj.jsvg.SVGDocument;
import com.github.weisj.jsvg.parser.LoaderContext;
import com.github.weisj.jsvg.parser.SVGLoader;
import com.github.weisj.jsvg.view.ViewBox;
import java.awt.Component;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.random.RandomGenerator;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A picture of a package, read anew for each drawing: an SVG, or any raster format that ImageIO reads (WebP through
 * TwelveMonkeys). SVG is drawn at the side, larger rasters are reduced to it, smaller ones stay as they are.
 */
final class PictureFile implements Picture {

    private final String path;
    private final byte[] content;
    private final int sidePixels;

    PictureFile(String path, byte[] content, int sidePixels) {
        this.path = path;
        this.content = content;
        this.sidePixels = sidePixels;
    }

    @Override
    public BufferedImage draw(RandomGenerator random) {
        try {
            return path.endsWith(".svg") ? drawVectors() : drawRaster();
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be drawn", e);
        }
    }

    private BufferedImage drawVectors() throws IOException {
        SVGDocument document = new SVGLoader()
                .load(new ByteArrayInputStream(content), (@Nullable URI) null, LoaderContext.createDefault());
        if (document == null) {
            throw new IOException("not an SVG document");
        }
        BufferedImage image = new BufferedImage(sidePixels, sidePixels, BufferedImage.TYPE_INT_ARGB_PRE);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        document.render((Component) null, graphics, new ViewBox(sidePixels, sidePixels));
        graphics.dispose();
        return image;
    }

    private BufferedImage drawRaster() throws IOException {
        // Without this, ImageIO copies each input into a file first.
        BufferedImage read = ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(content)));
        if (read == null) {
            throw new IOException("no reader for this format");
        }
        return Reduction.toSide(read, sidePixels);
    }
}
