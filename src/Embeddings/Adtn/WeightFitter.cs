using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Fits a generated weight to given numbers: the first phase of compression by an ADTN.</summary>
/// <remarks>
/// <code>
/// minimise ‖Ŵ − W‖² / ‖W‖² by the weight's own optimiser, the learning rate falling linearly to 0
/// before each step and at the end   Ŵ becomes a·Ŵ with the best a = ⟨Ŵ, W⟩ / ‖Ŵ‖², which may be negative
/// </code>
/// <para>So the distance is 1 − cos² of the angle between Ŵ and W, and no step is spent on the norm.</para>
/// </remarks>
public static class WeightFitter
{
    /// <summary>Fits.</summary>
    /// <param name="device">The device.</param>
    /// <param name="weight">The weight, from its start; its optimiser's state is used up.</param>
    /// <param name="target">W, row-major.</param>
    /// <param name="steps">The steps, at least 1.</param>
    /// <param name="progress">Receives steps done and the relative squared distance before each; or null.</param>
    /// <param name="cancellation">Gives up between two steps.</param>
    /// <returns>‖Ŵ − W‖² / ‖W‖² at the end.</returns>
    /// <exception cref="ArgumentException">W has another size, or is zero.</exception>
    /// <exception cref="NotFiniteNumberException">The distance is not finite.</exception>
    public static double Run(
        IDevice device, GeneratedWeight weight, ReadOnlySpan<float> target, int steps, IProgress<(int Step, double Distance)>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        if (target.Length != (long)weight.Rows * weight.Columns)
        {
            throw new ArgumentException($"The weight has {weight.Rows} × {weight.Columns} numbers, but there are {target.Length} to fit.", nameof(target));
        }

        using DeviceBuffer<float> given = device.Allocate<float>(target.Length);
        using DeviceBuffer<float> difference = device.Allocate<float>(target.Length);
        given.CopyFrom(target);
        double norm = device.SumOfSquares(given);
        if (!(norm > 0))
        {
            throw new ArgumentException("The numbers to fit are all zero; a relative distance to them has no meaning.", nameof(target));
        }

        for (int step = 1; step <= steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            double distance = ScaledDistance();
            if (!double.IsFinite(distance))
            {
                throw new NotFiniteNumberException($"The distance of '{weight.Name}' is {distance} at step {step}: lower the learning rate.", distance);
            }

            progress?.Report((step - 1, distance));
            device.Copy(difference, 0, weight.WeightGradient.Buffer, weight.WeightGradient.Offset, difference.Length);
            weight.ClearGradient();
            weight.PullBack();
            weight.Step(new StepContext
            {
                Step = step,
                LearningRateFactor = 1 - ((step - 1) / (float)steps),
                GradientScale = (float)(2 / norm),
                KlWeight = 0,
                BatchSize = 1,
            });
        }

        return ScaledDistance();

        double ScaledDistance()
        {
            double distance = Distance();
            double present = weight.Norm();
            double product = ((present * present) + norm - (distance * norm)) / 2;
            if (product == 0 || !double.IsFinite(product) || !(present > 0))
            {
                return distance;
            }

            weight.ScaleTo(Math.Abs(product) / present, isNegated: product < 0);
            return Distance();
        }

        double Distance()
        {
            Matrix rebuilt = weight.Rebuild();
            device.Copy(rebuilt.Buffer, rebuilt.Offset, difference, 0, difference.Length);
            device.AddScaled(given, -1, difference);
            return device.SumOfSquares(difference) / norm;
        }
    }
}
