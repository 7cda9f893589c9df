using Dlrm.Data.Images;

namespace Dlrm.Tests.Support;

/// <summary>Seeded images of 12 noisy pixels in three classes: the class brightens four of them.</summary>
internal static class SmallImages
{
    internal const int Pixels = 12;
    internal const int Classes = 3;

    internal static LabelledImages Make(int count, int seed)
    {
        Random random = new(seed);
        byte[] pixels = new byte[count * Pixels];
        byte[] labels = new byte[count];
        for (int n = 0; n < count; n++)
        {
            labels[n] = (byte)random.Next(Classes);
            for (int p = 0; p < Pixels; p++)
            {
                pixels[(n * Pixels) + p] = (byte)(random.Next(140) + (p / 4 == labels[n] ? 100 : 0));
            }
        }

        return new LabelledImages(pixels, labels);
    }
}
