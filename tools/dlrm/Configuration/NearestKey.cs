namespace Dlrm.CommandLine.Configuration;

/// <summary>Finds the key that somebody may have meant.</summary>
internal static class NearestKey
{
    /// <summary>Finds the known key with the smallest edit distance, the last part of the path counted first.</summary>
    /// <param name="path">"training.batchsize".</param>
    /// <param name="known">Every path that exists.</param>
    /// <returns>The nearest, or null when none is near: more than half of the letters would change.</returns>
    internal static string? Find(string path, IEnumerable<string> known)
    {
        string? best = null;
        double bestDistance = double.MaxValue;
        string last = path[(path.LastIndexOf('.') + 1)..];
        foreach (string candidate in known)
        {
            string lastOfCandidate = candidate[(candidate.LastIndexOf('.') + 1)..];
            int distanceOfLast = Distance(last, lastOfCandidate);
            double distance = distanceOfLast + (0.1 * Distance(path, candidate));
            if (distance < bestDistance && distanceOfLast * 2 <= Math.Max(last.Length, lastOfCandidate.Length))
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    /// <summary>Counts the single letters to insert, delete or replace, case ignored (Levenshtein).</summary>
    /// <param name="first">One word.</param>
    /// <param name="second">The other.</param>
    /// <returns>The number of edits.</returns>
    internal static int Distance(string first, string second)
    {
        int[] previous = [.. Enumerable.Range(0, second.Length + 1)];
        for (int i = 1; i <= first.Length; i++)
        {
            int[] current = new int[second.Length + 1];
            current[0] = i;
            for (int j = 1; j <= second.Length; j++)
            {
                int replace = previous[j - 1] + (char.ToUpperInvariant(first[i - 1]) == char.ToUpperInvariant(second[j - 1]) ? 0 : 1);
                current[j] = Math.Min(replace, Math.Min(previous[j], current[j - 1]) + 1);
            }

            previous = current;
        }

        return previous[^1];
    }
}
