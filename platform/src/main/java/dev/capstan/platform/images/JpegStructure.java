package dev.capstan.platform.images;

import java.nio.ByteBuffer;

/**
 * What the markers of a JPEG file say that the reader does not tell.
 *
 * @param components colour components of the frame
 * @param adobeTransform the colour transform of Adobe's marker: 0 none, 1 YCbCr, 2 YCCK; -1 without the marker
 * @param scans scans in the file; decoding time is their number times the pixels
 */
record JpegStructure(int components, int adobeTransform, int scans) {

    static final int NO_ADOBE_MARKER = -1;

    private static final int START_OF_SCAN = 0xDA;
    private static final int END_OF_IMAGE = 0xD9;
    private static final int APP14 = 0xEE;

    /** Walks the markers up to the end of the image or of the bytes. Never fails: what is odd is the reader's to refuse. */
    static JpegStructure of(ByteBuffer file) {
        ByteBuffer bytes = file.slice();
        int components = 0;
        int adobeTransform = NO_ADOBE_MARKER;
        int scans = 0;
        int position = 2;
        while (position + 4 <= bytes.limit()) {
            if ((bytes.get(position) & 0xFF) != 0xFF) {
                position++;
                continue;
            }
            int marker = bytes.get(position + 1) & 0xFF;
            if (marker == END_OF_IMAGE) {
                break;
            }
            if (isWithoutSegment(marker)) {
                // A fill byte may be the first of a marker, so only it is skipped.
                position += marker == 0xFF ? 1 : 2;
                continue;
            }
            int length = bytes.getShort(position + 2) & 0xFFFF;
            if (marker == START_OF_SCAN) {
                scans++;
            }
            if (isFrame(marker) && position + 9 < bytes.limit()) {
                components = bytes.get(position + 9) & 0xFF;
            }
            if (marker == APP14 && length >= 14 && position + 15 < bytes.limit() && isAdobe(bytes, position + 4)) {
                adobeTransform = bytes.get(position + 15) & 0xFF;
            }
            position += 2 + length;
        }
        return new JpegStructure(components, adobeTransform, scans);
    }

    private static boolean isWithoutSegment(int marker) {
        return marker == 0x00 || marker == 0x01 || marker == 0xFF || (marker >= 0xD0 && marker <= 0xD8);
    }

    private static boolean isFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }

    private static boolean isAdobe(ByteBuffer bytes, int offset) {
        return bytes.get(offset) == 'A'
                && bytes.get(offset + 1) == 'd'
                && bytes.get(offset + 2) == 'o'
                && bytes.get(offset + 3) == 'b'
                && bytes.get(offset + 4) == 'e';
    }
}
