package dev.capstan.model.network;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.TorchScriptImageEncoder;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Runs a TorchScript program as a frozen image encoder: always in evaluation mode, outside any graph. The manager that made the
 * constants owns it and its native memory.
 *
 * <p>Legend: N batch, L positions, D features, E shared space.
 */
public final class TorchScriptEncoder implements ImageEncoder {
    private static final String ENGINE = "PyTorch";

    private final TorchScriptImageEncoder config;
    private final Block program;
    private final ParameterStore unused;

    private TorchScriptEncoder(TorchScriptImageEncoder config, Block program, ParameterStore unused) {
        this.config = config;
        this.program = program;
        this.unused = unused;
    }

    /**
     * Loads a program to the device of the constants' manager.
     *
     * @throws WeightsFormatException if the engine cannot read it
     */
    public static TorchScriptEncoder load(TorchScriptImageEncoder config, ByteBuffer program, Constants constants)
            throws WeightsFormatException {
        Model model = Model.newInstance("image encoder", constants.manager().getDevice(), ENGINE);
        try (InputStream stream = new BufferStream(program.duplicate())) {
            model.load(stream);
        } catch (IOException | MalformedModelException | RuntimeException e) {
            model.close();
            throw new WeightsFormatException(
                    ParameterCatalog.IMAGE_PROGRAM + " is no TorchScript that the engine can read: " + firstLine(e), e);
        }
        constants.manager().attachInternal(UUID.randomUUID().toString(), model);
        return new TorchScriptEncoder(config, model.getBlock(), new ParameterStore(constants.manager(), false));
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    @Override
    public Features forward(Weights weights, NDArray pixels, boolean training) {
        Raw raw = run(pixels);
        if (raw.features() != config.features() || raw.positions() != config.positions()) {
            throw new IllegalArgumentException("the image encoder gives " + raw.positions() + " x " + raw.features()
                    + ", but its configuration says " + config.positions() + " x " + config.features());
        }
        return new Features(raw.pooled().matMul(weights.get(ParameterCatalog.PROJECTION)), raw.pooled(), raw.grid());
    }

    /**
     * What the program makes of pictures.
     *
     * @param pooled N x D
     * @param grid N x L x D
     */
    public record Raw(NDArray pooled, NDArray grid) {
        public int features() {
            return (int) pooled.getShape().get(1);
        }

        public int positions() {
            return (int) grid.getShape().get(1);
        }
    }

    /**
     * @param pixels N x H x W x C
     * @throws IllegalArgumentException if the program fails, or gives something else than features
     */
    public Raw run(NDArray pixels) {
        NDArray output = Scopes.within(() -> {
            NDArray channelsFirst = pixels.transpose(0, 3, 1, 2); // NHWC -> NCHW
            try {
                NDList outputs = program.forward(unused, new NDList(channelsFirst), false);
                // The engine infers in a mode whose arrays can be in no graph; a copy can.
                return outputs.head().duplicate();
            } catch (RuntimeException e) {
                throw new IllegalArgumentException(
                        "the image encoder's program fails on " + channelsFirst.getShape() + ": " + firstLine(e), e);
            }
        });
        Shape shape = output.getShape();
        if (shape.dimension() == 2) {
            return new Raw(output, output.expandDims(1)); // N D
        }
        if (shape.dimension() == 3) {
            return new Raw(output.mean(new int[] {1}), output); // N L D
        }
        if (shape.dimension() == 4) {
            NDArray grid = output.reshape(shape.get(0), shape.get(1), -1).transpose(0, 2, 1); // N D H W -> N L D
            return new Raw(grid.mean(new int[] {1}), grid);
        }
        throw new IllegalArgumentException("the image encoder gives an array of the shape " + shape
                + ": it must give N x D, N x L x D or N x D x H x W");
    }

    /** Reads a buffer to its end. */
    private static final class BufferStream extends InputStream {
        private final ByteBuffer bytes;

        BufferStream(ByteBuffer bytes) {
            this.bytes = bytes;
        }

        @Override
        public int read() {
            return bytes.hasRemaining() ? bytes.get() & 0xff : -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (length > 0 && !bytes.hasRemaining()) {
                return -1;
            }
            int count = Math.min(length, bytes.remaining());
            bytes.get(target, offset, count);
            return count;
        }
    }
}
