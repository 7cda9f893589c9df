using Dlrm.Numerics;

namespace Dlrm.Tests.Sharding;

/// <summary>The bags of one step, by worker: Zipf-like ids, weights, bags of 0 to 4.</summary>
internal static class JobBags
{
    /// <summary>Makes the bags of one worker for one step.</summary>
    /// <param name="kind">"mixed"; "one owner": ids that are multiples of 6, worker 0's of 1, 2 or 3; "idle worker": none for the last; "empty": bags without ids.</param>
    /// <param name="part">The worker.</param>
    /// <param name="parts">The workers that the step was cut for.</param>
    /// <param name="rows">The table's rows.</param>
    /// <param name="step">The step.</param>
    internal static JaggedIndices Make(string kind, int part, int parts, int rows, int step)
    {
        Random random = new((1000 * step) + part);
        int bags = kind == "idle worker" && part == parts - 1 ? 0 : 9 + part;
        List<long> ids = [];
        List<int> offsets = [0];
        for (int b = 0; b < bags; b++)
        {
            for (int length = kind == "empty" ? 0 : random.Next(5); length > 0; length--)
            {
                long id = Math.Min(rows - 1, (long)Math.Pow(rows, random.NextDouble()) - 1);
                ids.Add(kind == "one owner" ? id / 6 * 6 : id);
            }

            offsets.Add(ids.Count);
        }

        return JaggedIndices.From([.. ids], [.. offsets], [.. ids.Select(_ => 0.5f + random.NextSingle())]);
    }

    /// <summary>Puts the bags of several workers one after another: what one worker would have.</summary>
    internal static JaggedIndices Join(IReadOnlyList<JaggedIndices> parts)
    {
        List<long> ids = [];
        List<int> offsets = [0];
        List<float> weights = [];
        foreach (JaggedIndices part in parts)
        {
            int before = ids.Count;
            offsets.AddRange(part.Offsets[1..].ToArray().Select(offset => before + offset));
            ids.AddRange(part.Indices.ToArray());
            weights.AddRange(part.Weights.ToArray());
        }

        return JaggedIndices.From([.. ids], [.. offsets], [.. weights]);
    }

    /// <summary>Makes the gradient of a worker's bags.</summary>
    internal static float[] Gradient(int part, int bags, int dim, int step)
    {
        Random random = new((1000 * step) + part + 500);
        return [.. Enumerable.Range(0, bags * dim).Select(_ => random.NextSingle() - 0.5f)];
    }
}
