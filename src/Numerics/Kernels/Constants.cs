namespace Dlrm.Numerics.Kernels;

/// <summary>The numbers that kernels are compiled for.</summary>
internal static class Constants
{
    /// <summary>1.</summary>
    internal readonly struct One : IConstant
    {
        /// <inheritdoc/>
        public static int Value => 1;
    }

    /// <summary>2.</summary>
    internal readonly struct Two : IConstant
    {
        /// <inheritdoc/>
        public static int Value => 2;
    }

    /// <summary>3.</summary>
    internal readonly struct Three : IConstant
    {
        /// <inheritdoc/>
        public static int Value => 3;
    }

    /// <summary>4.</summary>
    internal readonly struct Four : IConstant
    {
        /// <inheritdoc/>
        public static int Value => 4;
    }

    /// <summary>5.</summary>
    internal readonly struct Five : IConstant
    {
        /// <inheritdoc/>
        public static int Value => 5;
    }

    /// <summary>6.</summary>
    internal readonly struct Six : IConstant
    {
        /// <inheritdoc/>
        public static int Value => 6;
    }

    /// <summary>7.</summary>
    internal readonly struct Seven : IConstant
    {
        /// <inheritdoc/>
        public static int Value => 7;
    }

    /// <summary>8.</summary>
    internal readonly struct Eight : IConstant
    {
        /// <inheritdoc/>
        public static int Value => 8;
    }
}
