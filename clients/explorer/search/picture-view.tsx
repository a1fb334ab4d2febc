/** The samples of a picture as a model sees them. */
import { useEffect, useRef } from 'preact/hooks';
import type { Images } from '../../../ml/table/table.ts';

export function PictureView({ picture, label }: { readonly picture: Images; readonly label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { height, width, channels, pixels } = picture;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const image = context.createImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      const at = (channel: number): number => pixels[i * channels + Math.min(channel, channels - 1)] as number;
      image.data.set([at(0), at(1), at(2), 255], i * 4);
    }
    context.putImageData(image, 0, 0);
  }, [picture]);
  return <canvas ref={canvas} class="picture" width={width} height={height} role="img" aria-label={label} />;
}
