namespace Dlrm;

/// <summary>One convolution of an image classifier: filters of stride 1, ReLU, and pooling of windows that don't overlap.</summary>
public sealed record ConvolutionOptions
{
    /// <summary>Gets the filters: the channels of the output.</summary>
    /// <value>The default is 16.</value>
    public int Channels { get; init; } = 16;

    /// <summary>Gets the height and width of a filter.</summary>
    /// <value>The default is 3.</value>
    public int Kernel { get; init; } = 3;

    /// <summary>Gets the zeros on each side of the image.</summary>
    /// <value>The default is 1.</value>
    public int Padding { get; init; } = 1;

    /// <summary>Gets the height and width of a window of which the largest number is kept; 1: no pooling.</summary>
    /// <value>The default is 2.</value>
    public int Pool { get; init; } = 2;
}
