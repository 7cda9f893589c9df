using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>Makes a model that exists trainable: a compressed one, or one that was loaded for prediction.</summary>
/// <remarks>
/// <code>
/// fixedRanks   the cores are trained as they are
/// map, svi     λ[b] = mean square of the entries that it governs;  σ = initialDeviation · root mean square of the factor
/// </code>
/// <para>Kinds, modes and ranks are those of the model; with map and svi ranks may fall from there.</para>
/// </remarks>
public static class Continuation
{
    /// <summary>Copies a model into one with optimisers.</summary>
    /// <param name="model">The model; stays as it is.</param>
    /// <param name="training">How the copy will be trained.</param>
    /// <param name="prior">The prior of its tensors.</param>
    /// <returns>The copy on the same device; the caller disposes it.</returns>
    /// <exception cref="OptionsException">The options are out of range.</exception>
    public static DlrmModel Of(DlrmModel model, TrainingOptions training, RankPriorOptions prior)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(prior);
        DlrmModel copy = new(model.Device, model.Options with { Training = training, RankPrior = prior }, model.Inputs);
        try
        {
            using MemoryState state = new(model.Device);
            model.Save(state, StateParts.Values);
            bool hasPosterior = prior.Inference != InferenceKind.FixedRanks;
            foreach (BayesianTensor tensor in model.Tensors.Where(tensor => hasPosterior && !tensor.IsZero))
            {
                WritePosterior(state, model.Device, tensor, prior.InitialDeviation);
            }

            copy.Load(state, hasPosterior ? StateParts.Values | StateParts.Posterior : StateParts.Values);
            copy.UseMeans();
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    private static void WritePosterior(MemoryState state, IDevice device, BayesianTensor tensor, double initialDeviation)
    {
        double[][] energies = [.. tensor.Format.Ranks.Select(size => new double[size])];
        DeviceBuffer<float>[] means = tensor.Means();
        for (int k = 0; k < means.Length; k++)
        {
            FactorShape factor = tensor.Format.Factors[k];
            double meanSquare = device.SumOfSquares(means[k], factor.Length) / factor.Length;
            using DeviceBuffer<float> logDeviation = device.Allocate<float>(factor.Length);
            device.Fill(logDeviation, (float)Math.Log(Math.Max(initialDeviation * Math.Sqrt(meanSquare), 1e-12)));
            state.Write($"{tensor.Name}.{factor.Name}.log_deviation", [.. factor.Dimensions], logDeviation);
            if (factor.GoverningAxis is FactorAxis axis)
            {
                double[] sums = ModeProducts.Energies(means[k].ToArray().AsSpan(0, (int)factor.Length), axis.Axis);
                for (int r = 0; r < sums.Length; r++)
                {
                    energies[axis.Bond][r] += sums[r];
                }
            }
        }

        for (int bond = 0; bond < energies.Length; bond++)
        {
            double entries = Math.Max(1, tensor.Format.GovernedEntries(bond));
            state.Write($"{tensor.Name}.lambda.{bond}", Array.ConvertAll(energies[bond], energy => Math.Max(energy / entries, RankPrior.SmallestRankParameter)));
        }
    }
}
