using ShutdownKit.TestKit.Workloads;

namespace ShutdownKit.TestKit.Tests.Workloads;

public sealed class HttpWorkloadTests
{
    public static TheoryData<string, string[]> Answers => new()
    {
        { "[]", [] },
        { "", [] },
        { """["a","b"]""", ["a", "b"] },
        { "[1, 2]", ["1", "2"] },
        { """[{"id":"a","item":"tea"},{"item":"tea","id":"b"}]""", ["a", "b"] },
        { """[{"Id":7},{"ID":8}]""", ["7", "8"] },
        { "a\nb\n", ["a", "b"] },
        { "a\r\n\r\n b \r\n", ["a", "b"] },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Ids_are_found_in_the_usual_answers(string body, string[] ids)
    {
        var workload = NewWorkload();

        Assert.Equal(ids, workload.Ids(body));
    }

    [Theory]
    [InlineData("[{\"number\":1}]", "an object in the answer to the read has no 'id'; set Ids")]
    [InlineData("[\"a\",", "the answer to the read is no valid JSON")]
    public void An_answer_without_ids_is_no_empty_answer(string body, string message)
    {
        var workload = NewWorkload();

        Assert.StartsWith(message, Assert.Throws<WorkloadException>(() => workload.Ids(body).ToList()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, true)]
    [InlineData(204, true)]
    [InlineData(302, false)]
    [InlineData(409, false)]
    [InlineData(503, false)]
    public void Only_a_2xx_acknowledges(int status, bool acknowledged)
    {
        var workload = NewWorkload();

        Assert.Equal(acknowledged, workload.IsAcknowledged((System.Net.HttpStatusCode)status));
    }

    private static HttpWorkload NewWorkload() => new() { Port = 8080, WritePath = "/orders", ReadPath = "/orders" };
}
